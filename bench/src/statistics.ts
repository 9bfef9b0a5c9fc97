// Plain statistics over rounds.

/** The middle value; of an even number, the mean of the two in the middle. 0 without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return (lower + upper) / 2
}

/** The median of each figure over samples. @throws Error without samples */
export function medians<T extends Readonly<Record<keyof T, number>>>(
  samples: readonly T[],
): Record<keyof T, number> {
  const [first] = samples
  if (first === undefined) throw new Error('a median needs samples')
  const middle: Record<keyof T, number> = { ...first }
  for (const key in first) middle[key] = median(samples.map((sample) => sample[key]))
  return middle
}
