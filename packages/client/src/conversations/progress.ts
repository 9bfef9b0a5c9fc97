// How far the other members of a conversation have come, from their receipts. Pure: values in, values out.
import type { Receipt } from '@nowcast/protocol'

/** A place that somebody has reached, and when (milliseconds since 1970), where that is known. */
export interface Mark {
  readonly offset: number
  readonly at?: number
}

/** The places that others have reached, each list ascending: a message is as far as the last of them. */
export interface Progress {
  readonly delivered: readonly Mark[]
  readonly read: readonly Mark[]
}

/** What a message's sender knows of it. */
export interface Reach {
  readonly status: 'sent' | 'delivered' | 'read'
  readonly deliveredAt?: number
  readonly readAt?: number
}

/** Nobody has come anywhere. */
export const noProgress: Progress = { delivered: [], read: [] }

/** Places kept; for what lies before them, the time is that of the first one kept. */
const MAX_MARKS = 100

/** The furthest place of a list of marks; 0 when there is none. */
export const furthest = (marks: readonly Mark[]): number => marks.at(-1)?.offset ?? 0

/** Takes in receipts; those of `user` say nothing about others. @returns the same object when nobody has come further */
export function advance(
  progress: Progress,
  receipts: readonly Receipt[],
  user: string | undefined,
): Progress {
  const others = receipts.filter((receipt) => receipt.user !== user)
  const read = reach(
    progress.read,
    others.map((receipt) => mark(receipt.read, receipt.readAt)),
  )
  // What was read was delivered, whether that was said or not.
  const delivered = reach(
    progress.delivered,
    others.flatMap((receipt) => [
      mark(receipt.delivered, receipt.deliveredAt),
      mark(receipt.read, receipt.readAt),
    ]),
  )
  const isSame = read === progress.read && delivered === progress.delivered
  return isSame ? progress : { delivered, read }
}

/** How far the message at `offset` has come. */
export function reachOf({ delivered, read }: Progress, offset: number): Reach {
  const deliveredAt = firstBeyond(delivered, offset)?.at
  const readAt = firstBeyond(read, offset)?.at
  return {
    status: offset <= furthest(read) ? 'read' : offset <= furthest(delivered) ? 'delivered' : 'sent',
    ...(deliveredAt !== undefined && { deliveredAt }),
    ...(readAt !== undefined && { readAt }),
  }
}

const mark = (offset: number, at: number | undefined): Mark =>
  at === undefined ? { offset } : { offset, at }

const firstBeyond = (marks: readonly Mark[], offset: number) => marks.find((known) => known.offset >= offset)

function reach(marks: readonly Mark[], added: readonly Mark[]): readonly Mark[] {
  let reached = marks
  for (const next of [...added].sort((one, other) => one.offset - other.offset)) {
    if (next.offset <= furthest(reached)) continue
    // Who has come further earlier has passed the places before it earlier too.
    const at = next.at ?? Number.POSITIVE_INFINITY
    const earlier = reached.filter((known) => (known.at ?? Number.POSITIVE_INFINITY) < at)
    reached = [...earlier, next].slice(-MAX_MARKS)
  }
  return reached
}
