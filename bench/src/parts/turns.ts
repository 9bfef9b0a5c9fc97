// Contestants take turns: each round begins with another, because the speed of a shared machine drifts.

/** The contestants in the order of a round. */
export function inTurn<Name>(contestants: readonly Name[], round: number): Name[] {
  const first = round % Math.max(contestants.length, 1)
  return [...contestants.slice(first), ...contestants.slice(0, first)]
}
