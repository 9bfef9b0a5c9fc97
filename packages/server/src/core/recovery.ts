// Decides how a subscriber that has seen everything up to a position is brought up to date. Fail closed: when
// continuity can't be proven, it is a gap.
import type { GapReason, Position, Publication } from '@nowcast/protocol'
import type { HistorySlice } from '../engine/history.ts'

/** How a subscription starts. */
export type Recovery =
  | { readonly outcome: 'fresh' }
  | { readonly outcome: 'recovered'; readonly publications: readonly Publication[] }
  | { readonly outcome: 'gap'; readonly reason: GapReason }

/** A recovery, or that the channel's history has to be read first. */
export type RecoveryPlan = Recovery | { readonly outcome: 'read'; readonly from: Position }

/**
 * What to do for a subscriber at `asked` when the channel is at `current`.
 * @param recent everything above the asked offset when this node still has it in memory
 * @param limit publications that one recovery sends at most
 */
export function planRecovery(
  asked: Position | undefined,
  current: Position,
  recent: (offset: number) => readonly Publication[] | undefined,
  limit: number,
): RecoveryPlan {
  if (asked === undefined) return { outcome: 'fresh' }
  if (asked.epoch !== current.epoch) return { outcome: 'gap', reason: 'epoch-changed' }
  if (asked.offset > current.offset) return { outcome: 'gap', reason: 'offset-ahead' }
  if (current.offset - asked.offset > limit) return { outcome: 'gap', reason: 'too-much' }
  if (asked.offset === current.offset) return { outcome: 'recovered', publications: [] }
  const publications = recent(asked.offset)
  return publications === undefined
    ? { outcome: 'read', from: asked }
    : { outcome: 'recovered', publications }
}

/**
 * The recovery when the history was read: what was read, then what this node has above it.
 * Undefined when the channel moved on so far meanwhile that the two don't meet; then read again.
 */
export function joinRecovery(
  asked: Position,
  current: Position,
  read: HistorySlice,
  recent: (offset: number) => readonly Publication[] | undefined,
): Recovery | undefined {
  if (read.position.epoch !== asked.epoch || current.epoch !== asked.epoch) {
    return { outcome: 'gap', reason: 'epoch-changed' }
  }
  let offset = asked.offset
  for (const publication of read.publications) {
    if (publication.offset !== offset + 1) return { outcome: 'gap', reason: 'expired' }
    offset = publication.offset
  }
  if (offset === asked.offset && read.position.offset > offset) return { outcome: 'gap', reason: 'expired' }
  // What was read may reach beyond what this node has delivered; the rest then arrives as live events.
  const upToCurrent = read.publications.filter((publication) => publication.offset <= current.offset)
  if (offset >= current.offset) return { outcome: 'recovered', publications: upToCurrent }
  const rest = recent(offset)
  return rest === undefined ? undefined : { outcome: 'recovered', publications: [...upToCurrent, ...rest] }
}
