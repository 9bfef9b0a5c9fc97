// Which client library the page uses: asked for in the address, remembered in this browser.
import type { ClientKind } from '../../shared/api.ts'
import { Variable } from '../realtime/variable.ts'

const STORAGE_KEY = 'threads.client'
const PARAMETER = 'client'
const DEFAULT: ClientKind = 'pusher'

const isKind = (value: string | null): value is ClientKind => value === 'pusher' || value === 'nowcast'

function initial(): ClientKind {
  const asked = new URLSearchParams(location.search).get(PARAMETER)
  if (isKind(asked)) {
    localStorage.setItem(STORAGE_KEY, asked)
    return asked
  }
  const remembered = localStorage.getItem(STORAGE_KEY)
  return isKind(remembered) ? remembered : DEFAULT
}

const kind = new Variable<ClientKind>(initial())

/** The client library in use, as an external store. */
export const clientKind = { subscribe: kind.subscribe, getSnapshot: kind.getSnapshot }

/** Switches to a client library. */
export function chooseClient(chosen: ClientKind): void {
  localStorage.setItem(STORAGE_KEY, chosen)
  const address = new URL(location.href)
  address.searchParams.set(PARAMETER, chosen)
  history.replaceState(history.state, '', address)
  kind.set(chosen)
}
