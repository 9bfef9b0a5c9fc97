// A conversation's messages as a page shows them: what the server has confirmed by offset, then what is on its way.
// Pure: values in, values out; unchanged messages stay the same objects, so that a page redraws only what changed.
import type { Message, NowcastError } from '@nowcast/protocol'

/** A message with its state on this page. */
export type ChatMessage = Message & {
  readonly status: 'sending' | 'sent' | 'failed'
  /** Why it failed. */
  readonly error?: NowcastError
  /** True for the user's own. */
  readonly own: boolean
}

/** Confirmed messages ascending by offset, and pending ones in the order they were sent. */
export interface Timeline {
  readonly confirmed: readonly ChatMessage[]
  readonly pending: readonly ChatMessage[]
}

/** Nothing yet. */
export const emptyTimeline: Timeline = { confirmed: [], pending: [] }

/** Everything in the order it is shown. */
export const allMessages = ({ confirmed, pending }: Timeline): readonly ChatMessage[] =>
  pending.length === 0 ? confirmed : [...confirmed, ...pending]

/** Takes in confirmed messages, newer versions replacing older; a pending one with the same id is done. */
export function confirm(
  timeline: Timeline,
  messages: readonly Message[],
  user: string | undefined,
): Timeline {
  if (messages.length === 0) return timeline
  const byOffset = new Map(timeline.confirmed.map((message) => [message.offset, message]))
  for (const message of messages) {
    const known = byOffset.get(message.offset)
    if (known === undefined || isNewer(message, known)) {
      byOffset.set(message.offset, { ...message, status: 'sent', own: message.sender === user })
    }
  }
  const own = new Set(messages.filter(({ sender }) => sender === user).map(({ id }) => id))
  const pending = timeline.pending.filter(({ id }) => !own.has(id))
  return {
    confirmed: [...byOffset.values()].sort((one, other) => one.offset - other.offset),
    pending: pending.length === timeline.pending.length ? timeline.pending : pending,
  }
}

/** Replaces everything confirmed by `messages`: what lay between is not known any more. */
export function restart(
  timeline: Timeline,
  messages: readonly Message[],
  user: string | undefined,
): Timeline {
  return confirm({ ...timeline, confirmed: [] }, messages, user)
}

/** Adds or replaces a pending message. */
export function pend(timeline: Timeline, message: ChatMessage): Timeline {
  const known = timeline.pending.findIndex(({ id }) => id === message.id)
  if (known < 0) return { ...timeline, pending: [...timeline.pending, message] }
  return { ...timeline, pending: timeline.pending.with(known, message) }
}

/** Removes a pending message. */
export function unpend(timeline: Timeline, id: string): Timeline {
  return { ...timeline, pending: timeline.pending.filter((message) => message.id !== id) }
}

/** Sets a confirmed message to another version, whatever it is. */
export function replace(timeline: Timeline, message: ChatMessage): Timeline {
  const index = timeline.confirmed.findIndex(({ offset }) => offset === message.offset)
  return index < 0 ? timeline : { ...timeline, confirmed: timeline.confirmed.with(index, message) }
}

/** Deleting is final, and a later edit replaces an earlier one. */
function isNewer(message: Message, known: Message): boolean {
  if (known.deletedAt !== undefined) return false
  return message.deletedAt !== undefined || (message.editedAt ?? 0) >= (known.editedAt ?? 0)
}
