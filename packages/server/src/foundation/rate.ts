// Rates as people write them in a configuration.
import { z } from 'zod'

const unitMs = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
const pattern = /^(\d{1,9})\/(\d{1,4})?(s|min|h|d)$/

/** So many within so much time. */
export interface ResolvedRate {
  readonly count: number
  readonly windowMs: number
}

/** Validates a rate such as `'60/min'`, `'20/h'` or `'1000/15min'`. */
export const rate = z
  .string()
  .regex(pattern, 'a rate such as 60/min, 20/h or 1000/15min')
  .transform((text): ResolvedRate => {
    const [, count = '0', span = '1', unit = 's'] = pattern.exec(text) ?? []
    return { count: Number(count), windowMs: Number(span) * unitMs[unit as keyof typeof unitMs] }
  })
