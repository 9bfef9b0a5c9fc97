// A conversation's messages as a page shows them: what the server has confirmed by offset, with one's own changes that
// are on their way, then what is on its way to be sent.
// Pure: values in, values out; unchanged messages stay the same objects, so that a page redraws only what changed.
import { isObject, type Json, type Message, type NowcastError } from '@nowcast/protocol'

/** A message with its state on this page. */
export type ChatMessage = Message & {
  readonly status: 'sending' | 'sent' | 'failed'
  /** Why it failed. */
  readonly error?: NowcastError
  /** True for the user's own. */
  readonly own: boolean
}

/** A change of a confirmed message that the server has not answered yet. */
export type Change = Partial<Message> & { readonly offset: number }

/** Confirmed messages ascending by offset, pending ones in the order they are sent, changes in the order they were made. */
export interface Timeline {
  readonly confirmed: readonly ChatMessage[]
  readonly pending: readonly ChatMessage[]
  readonly changes: readonly Change[]
}

/** Nothing yet. */
export const emptyTimeline: Timeline = { confirmed: [], pending: [], changes: [] }

/** True for a message, as far as the timeline's order rests on it. */
export function isMessage(data: Json): data is Message {
  return isObject(data) && typeof data.id === 'string' && typeof data.offset === 'number'
}

/** Everything in the order it is shown. */
export function allMessages({ confirmed, pending, changes }: Timeline): readonly ChatMessage[] {
  const shown = changes.length === 0 ? confirmed : confirmed.map((message) => changed(message, changes))
  return pending.length === 0 ? shown : [...shown, ...pending]
}

/** Takes in confirmed messages, newer versions replacing older; a pending one with the same id is done. */
export function confirm(
  timeline: Timeline,
  messages: readonly Message[],
  user: string | undefined,
): Timeline {
  if (messages.length === 0) return timeline
  const own = new Set(messages.filter(({ sender }) => sender === user).map(({ id }) => id))
  const pending = timeline.pending.filter(({ id }) => !own.has(id))
  return {
    ...timeline,
    confirmed: merge(timeline.confirmed, messages, user),
    pending: pending.length === timeline.pending.length ? timeline.pending : pending,
  }
}

function merge(
  confirmed: readonly ChatMessage[],
  messages: readonly Message[],
  user: string | undefined,
): readonly ChatMessage[] {
  const toShown = (message: Message): ChatMessage => ({
    ...message,
    status: 'sent',
    own: message.sender === user,
  })
  const [only] = messages
  if (messages.length === 1 && only !== undefined && only.offset > (confirmed.at(-1)?.offset ?? 0)) {
    return [...confirmed, toShown(only)]
  }
  const byOffset = new Map(confirmed.map((message) => [message.offset, message]))
  for (const message of messages) {
    const known = byOffset.get(message.offset)
    if (known === undefined || isNewer(message, known)) byOffset.set(message.offset, toShown(message))
  }
  return [...byOffset.values()].sort((one, other) => one.offset - other.offset)
}

/** Replaces everything confirmed by `messages`: what lay between is not known any more. */
export function restart(
  timeline: Timeline,
  messages: readonly Message[],
  user: string | undefined,
): Timeline {
  return confirm({ ...timeline, confirmed: [] }, messages, user)
}

/** Forgets the oldest confirmed messages when there are more than `keep`. */
export function trim(timeline: Timeline, keep: number): Timeline {
  if (timeline.confirmed.length <= keep) return timeline
  return { ...timeline, confirmed: timeline.confirmed.slice(-keep) }
}

/** Adds or replaces a pending message. */
export function pend(timeline: Timeline, message: ChatMessage): Timeline {
  const known = timeline.pending.findIndex(({ id }) => id === message.id)
  if (known < 0) return { ...timeline, pending: [...timeline.pending, message] }
  return {
    ...timeline,
    pending: timeline.pending.map((other, index) => (index === known ? message : other)),
  }
}

/** Removes a pending message. */
export function unpend(timeline: Timeline, id: string): Timeline {
  return { ...timeline, pending: timeline.pending.filter((message) => message.id !== id) }
}

/** Shows a change before the server has answered it. */
export function change(timeline: Timeline, added: Change): Timeline {
  return { ...timeline, changes: [...timeline.changes, added] }
}

/** Shows a change no longer: it is confirmed, or was refused. */
export function unchange(timeline: Timeline, settled: Change): Timeline {
  return { ...timeline, changes: timeline.changes.filter((other) => other !== settled) }
}

function changed(message: ChatMessage, changes: readonly Change[]): ChatMessage {
  const own = changes.filter(({ offset }) => offset === message.offset)
  return own.length === 0 ? message : Object.assign({}, message, ...own)
}

/** Deleting is final, and a later edit replaces an earlier one. */
function isNewer(message: Message, known: Message): boolean {
  if (known.deletedAt !== undefined) return false
  return message.deletedAt !== undefined || (message.editedAt ?? 0) >= (known.editedAt ?? 0)
}
