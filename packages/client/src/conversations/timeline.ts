// A conversation's messages as a page shows them: what the server has confirmed by offset, with one's own changes that
// are on their way, then what is on its way to be sent.
// Pure: values in, values out; unchanged messages stay the same objects, so that a page redraws only what changed.
import { isObject, type Json, type Message, type NowcastError, type Receipt } from '@nowcast/protocol'
import { longer } from './pieces.ts'
import { advance, furthest, type Mark, noProgress, type Progress, type Reach, reachOf } from './progress.ts'

/** A message with its state on this page. */
export type ChatMessage = Message & {
  /** `delivered`, `read`: by at least one other member; one's own messages only. */
  readonly status: 'sending' | 'failed' | Reach['status']
  /** When it was first delivered, and first read, in milliseconds since 1970, as far as this page has seen it. */
  readonly deliveredAt?: number
  readonly readAt?: number
  /** Why it failed. */
  readonly error?: NowcastError
  /** True for the user's own. */
  readonly own: boolean
}

/** A message that the server has stored. */
export type Confirmed = ChatMessage & {
  /** It takes account of everything up to this place of the conversation's channel, and maybe of more. */
  readonly asOf: number
  /** True when it takes account of no reply after that place. */
  readonly exact?: boolean
}

/** A change of a confirmed message that the server has not answered yet. */
export interface Change {
  readonly offset: number
  apply(message: ChatMessage): ChatMessage
}

/** Confirmed messages ascending by offset, pending ones in the order they are sent, changes in the order they were made. */
export interface Timeline {
  readonly confirmed: readonly Confirmed[]
  readonly pending: readonly ChatMessage[]
  readonly changes: readonly Change[]
  /** How far others have come. */
  readonly progress: Progress
}

/** Nothing yet. */
export const emptyTimeline: Timeline = { confirmed: [], pending: [], changes: [], progress: noProgress }

/** True for a message, as far as the timeline's order rests on it. */
export function isMessage(data: Json): data is Message {
  return isObject(data) && typeof data.id === 'string' && typeof data.offset === 'number'
}

/** Everything in the order it is shown. */
export function allMessages({ confirmed, pending, changes }: Timeline): readonly ChatMessage[] {
  const shown = changes.length === 0 ? confirmed : confirmed.map((message) => changed(message, changes))
  return pending.length === 0 ? shown : [...shown, ...pending]
}

/** The confirmed message at `offset`. */
export function messageAt({ confirmed }: Timeline, offset: number): Confirmed | undefined {
  const found = confirmed[firstFrom(confirmed, offset)]
  return found?.offset === offset ? found : undefined
}

/**
 * Takes in confirmed messages, newer versions replacing older; a pending one with the same id is done.
 * @param asOf everything up to this place of the channel is in them; default: their own offsets
 */
export function confirm(
  timeline: Timeline,
  messages: readonly Message[],
  user: string | undefined,
  asOf?: number,
): Timeline {
  if (messages.length === 0) return timeline
  const confirmed = [...timeline.confirmed]
  for (const message of messages) {
    const index = firstFrom(confirmed, message.offset)
    const known = confirmed[index]?.offset === message.offset ? confirmed[index] : undefined
    const since = asOf ?? message.offset
    if (known === undefined || isNewer(message, since, known)) {
      const body = known?.streaming && message.streaming ? longer(known.body, message.body) : message.body
      const own = message.sender === user
      const reach: Reach = own ? reachOf(timeline.progress, message.offset) : { status: 'sent' }
      const shown = { ...message, body, ...reach, own, asOf: since }
      confirmed.splice(index, known === undefined ? 0 : 1, shown)
    }
  }
  const own = new Set(messages.filter(({ sender }) => sender === user).map(({ id }) => id))
  const pending = timeline.pending.filter(({ id }) => !own.has(id))
  return {
    ...timeline,
    confirmed,
    pending: pending.length === timeline.pending.length ? timeline.pending : pending,
  }
}

/** Replaces everything confirmed by `messages`: what lay between is not known any more. */
export function restart(
  timeline: Timeline,
  messages: readonly Message[],
  user: string | undefined,
  asOf?: number,
): Timeline {
  return confirm({ ...timeline, confirmed: [] }, messages, user, asOf)
}

/** Forgets the oldest confirmed messages, or the newest, when there are more than `keep`. */
export function trim(timeline: Timeline, keep: number, side: 'oldest' | 'newest' = 'oldest'): Timeline {
  const { confirmed } = timeline
  if (confirmed.length <= keep) return timeline
  return { ...timeline, confirmed: side === 'oldest' ? confirmed.slice(-keep) : confirmed.slice(0, keep) }
}

/** Adds or replaces a pending message. */
export function pend(timeline: Timeline, message: ChatMessage): Timeline {
  const known = timeline.pending.findIndex(({ id }) => id === message.id)
  if (known < 0) return { ...timeline, pending: [...timeline.pending, message] }
  const pending = [...timeline.pending]
  pending[known] = message
  return { ...timeline, pending }
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

/** Counts a reply, announced at `place`, to the message that its thread began with. */
export function countReply(timeline: Timeline, { thread = 0, createdAt }: Message, place: number): Timeline {
  const root = messageAt(timeline, thread)
  if (root === undefined || place <= root.asOf) return timeline
  const { replies = 0, lastReplyAt = 0 } = root
  // What is read from the log again has the state of today: the reply is counted in it already.
  if (root.exact !== true && createdAt <= lastReplyAt) return timeline
  return replace(timeline, {
    ...root,
    replies: replies + 1,
    lastReplyAt: Math.max(lastReplyAt, createdAt),
    asOf: place,
    exact: true,
  })
}

/** Shows another text of a message that is being written. */
export function rewrite(timeline: Timeline, message: Confirmed, body: string): Timeline {
  return body === message.body ? timeline : replace(timeline, { ...message, body })
}

/** Takes in how far others have come; only messages that were passed become other objects. */
export function progressed(
  timeline: Timeline,
  receipts: readonly Receipt[],
  user: string | undefined,
): Timeline {
  const progress = advance(timeline.progress, receipts, user)
  if (progress === timeline.progress) return timeline
  const confirmed = [...timeline.confirmed]
  const pass = (before: readonly Mark[], after: readonly Mark[]) => {
    const end = firstFrom(confirmed, furthest(after) + 1)
    for (let index = firstFrom(confirmed, furthest(before) + 1); index < end; index += 1) {
      const message = confirmed[index]
      if (message?.own) confirmed[index] = { ...message, ...reachOf(progress, message.offset) }
    }
  }
  pass(timeline.progress.delivered, progress.delivered)
  pass(timeline.progress.read, progress.read)
  return { ...timeline, confirmed, progress }
}

function replace(timeline: Timeline, message: Confirmed): Timeline {
  const confirmed = [...timeline.confirmed]
  confirmed[firstFrom(confirmed, message.offset)] = message
  return { ...timeline, confirmed }
}

function changed(message: ChatMessage, changes: readonly Change[]): ChatMessage {
  const own = changes.filter(({ offset }) => offset === message.offset)
  return own.reduce((shown, { apply }) => apply(shown), message)
}

/** Deleting is final, and a text that is complete is not written any more; otherwise the later state counts. */
function isNewer(message: Message, asOf: number, known: Confirmed): boolean {
  if (known.deletedAt !== undefined || message.deletedAt !== undefined) return message.deletedAt !== undefined
  if (message.streaming === true && known.streaming !== true) return false
  return asOf === known.asOf ? (message.editedAt ?? 0) >= (known.editedAt ?? 0) : asOf > known.asOf
}

/** The index of the first message at `offset` or after it. */
function firstFrom(confirmed: readonly Confirmed[], offset: number): number {
  let low = 0
  let high = confirmed.length
  // Nearly all that comes belongs at the end.
  if (high === 0 || (confirmed.at(-1)?.offset ?? 0) < offset) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if ((confirmed[middle]?.offset ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}
