// From messages to what the log shows: days, the line above what is new, and groups by sender and minute.
import { startOfDay } from '../theme/time.ts'

const MINUTE_MS = 60_000

/** What the timeline needs to know of a message. */
export type TimelineMessage = {
  readonly id: string
  readonly sender: string
  readonly createdAt: number
  readonly offset: number
  readonly own: boolean
}

/** One thing in the log. Keys are stable while older and newer messages come. */
export type Entry<M extends TimelineMessage> =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: M; readonly startsGroup: boolean }

/** The key of a message in the log; it stays when the message gets its offset. */
export const keyOf = ({ sender, id }: { readonly sender: string; readonly id: string }): string =>
  `${sender}\n${id}`

const together = (one: TimelineMessage, other: TimelineMessage): boolean =>
  one.sender === other.sender &&
  Math.floor(one.createdAt / MINUTE_MS) === Math.floor(other.createdAt / MINUTE_MS)

/**
 * What the log shows for messages in ascending order.
 * @param firstUnread the place of the first message that was unread when the conversation was opened
 */
export function timeline<M extends TimelineMessage>(
  messages: readonly M[],
  firstUnread?: number,
): readonly Entry<M>[] {
  const entries: Entry<M>[] = []
  let previous: M | undefined
  let marked = firstUnread === undefined
  for (const message of messages) {
    let startsGroup = previous === undefined || !together(previous, message)
    if (previous === undefined || startOfDay(previous.createdAt) !== startOfDay(message.createdAt)) {
      entries.push({ kind: 'day', key: `day ${startOfDay(message.createdAt)}`, at: message.createdAt })
      startsGroup = true
    }
    if (!marked && !message.own && message.offset >= (firstUnread ?? 0)) {
      // Above everything that is loaded, the line would say nothing.
      if (previous !== undefined) entries.push({ kind: 'new', key: 'new' })
      marked = true
      startsGroup = true
    }
    entries.push({ kind: 'message', key: keyOf(message), message, startsGroup })
    previous = message
  }
  return entries
}
