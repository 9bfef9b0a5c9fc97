// Durations as people write them in a configuration.
import { z } from 'zod'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds, or a number with a unit: `'500ms'`, `'30s'`, `'15m'`, `'1h'`, `'7d'`. */
export type Duration = number | `${number}${keyof typeof unitMs}`

/** Validates a duration and turns it into milliseconds. */
export const durationMs = z
  .union([
    z.number().int().nonnegative(),
    z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 30s, 15m or 1h'),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value
    const digits = /^\d+/.exec(value)?.[0] ?? '0'
    const unit = value.slice(digits.length)
    return Number(digits) * (Object.hasOwn(unitMs, unit) ? unitMs[unit as keyof typeof unitMs] : 1)
  })
