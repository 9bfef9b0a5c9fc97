// The newest lines of an organization's activity, without holes and without duplicates.
import type { Activity } from '../../shared/api.ts'

/** Lines that are kept. */
export const MAX_ACTIVITY = 50

/** The lines of `known` and `incoming`, the newest first, each once. */
export function mergeActivity(
  known: readonly Activity[],
  incoming: readonly Activity[],
): readonly Activity[] {
  const bySequence = new Map([...known, ...incoming].map((line) => [line.sequence, line]))
  return [...bySequence.values()].sort((a, b) => b.sequence - a.sequence).slice(0, MAX_ACTIVITY)
}

/** True when something between what is known and what has come is missing. */
export function leavesHole(known: readonly Activity[], { sequence }: Activity): boolean {
  const newest = known[0]?.sequence
  return newest !== undefined && sequence > newest + 1
}
