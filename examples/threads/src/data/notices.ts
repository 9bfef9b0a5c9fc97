// What the page has to tell the person that belongs to no place in it: refusals, mostly.
import { Variable } from '../realtime/variable.ts'
import { newId } from './newId.ts'

/** Something to tell. */
export interface Notice {
  readonly id: string
  readonly text: string
  /** What can be done about it. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** Notices shown at once; the oldest gives way. */
const MAX_NOTICES = 3

const shown = new Variable<readonly Notice[]>([])

/** The notices shown, as an external store. */
export const notices = { subscribe: shown.subscribe, getSnapshot: shown.getSnapshot }

/** Tells the person something. */
export function notify(text: string, action?: Notice['action']): void {
  const notice = { id: newId(), text, ...(action && { action }) }
  shown.update((before) => [...before.filter((other) => other.text !== text), notice].slice(-MAX_NOTICES))
}

/** Takes a notice away. */
export function dismissNotice(id: string): void {
  shown.update((before) => before.filter((notice) => notice.id !== id))
}

/** Takes away the notices about which something could be done: their place is gone. */
export function dismissDecisions(): void {
  shown.update((before) =>
    before.some(({ action }) => action) ? before.filter(({ action }) => !action) : before,
  )
}
