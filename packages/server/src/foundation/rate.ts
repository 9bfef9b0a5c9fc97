// Rates as people write them in a configuration.
import { z } from 'zod'

const unitMs = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** The largest first, as people name them. */
const spans = [
  ['day', unitMs.d],
  ['hour', unitMs.h],
  ['minute', unitMs.min],
  ['second', unitMs.s],
] as const
const pattern = /^([1-9]\d{0,8})\/([1-9]\d{0,3})?(s|min|h|d)$/
const SHAPE = 'a rate such as 60/min, 20/h or 1000/15min'

/** So many within so much time. */
export interface ResolvedRate {
  readonly count: number
  readonly windowMs: number
}

const text = z
  .string()
  .regex(pattern, SHAPE)
  .transform((rate): ResolvedRate => {
    const [, count = '0', span = '1', unit = 's'] = pattern.exec(rate) ?? []
    return { count: Number(count), windowMs: Number(span) * unitMs[unit as keyof typeof unitMs] }
  })

const resolved = z.strictObject({
  count: z.number().int().positive(),
  windowMs: z.number().int().positive(),
})

/** Validates a rate such as `'60/min'`, `'20/h'` or `'1000/15min'`; one that was resolved before stays as it is. */
export const rate = z.union([text, resolved], SHAPE)

/** A rate for people: `60 messages a minute`, `1000 requests in 15 minutes`. @param things what is counted */
export function describeRate({ count, windowMs }: ResolvedRate, things: string): string {
  for (const [unitName, unit] of spans) {
    if (windowMs % unit !== 0) continue
    const span = windowMs / unit
    const article = unitName === 'hour' ? 'an' : 'a'
    return `${count} ${things} ${span === 1 ? `${article} ${unitName}` : `in ${span} ${unitName}s`}`
  }
  return `${count} ${things} in ${windowMs} milliseconds`
}
