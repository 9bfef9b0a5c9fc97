// What is said to those who have come to a limit.
import { NowcastError } from '@nowcast/protocol'
import type { LimitOutcome } from '../../engine/limits.ts'
import { describeRate, type ResolvedRate } from '../../foundation/rate.ts'

/** Names of limits, as the configuration has them. */
export type LimitName =
  | 'messages'
  | 'events'
  | 'typing'
  | 'creations'
  | 'joins'
  | 'http'
  | 'connects'
  | 'app'
  | 'connectionsPerAddress'

/** Counts refusals by limit. */
export interface LimitMetrics {
  /** Counts something that a limit refused. */
  limited(limit: LimitName): void
}

/** What is counted under each limit, in a sentence that begins with "At most". */
const things = {
  messages: 'messages',
  events: 'events',
  typing: 'beginnings of typing',
  creations: 'new conversations',
  joins: 'joins of conversations',
  http: 'requests',
  connects: 'new connections',
  app: 'messages and events of the whole app',
} as const satisfies Partial<Record<LimitName, string>>

/** A limit that is a rate. */
export type RateName = keyof typeof things

/**
 * Why something was refused; it names the limit and says when it will do.
 * @param code what the refusal is on the wire
 * @param cost units that were asked for
 */
export function limitRefusal(
  limit: RateName,
  rate: ResolvedRate,
  outcome: LimitOutcome & { readonly allowed: false },
  { cost = 1, code = 'limit_exceeded' as 'limit_exceeded' | 'too_many_connections' } = {},
): NowcastError {
  const rule = `At most ${describeRate(rate, things[limit])}`
  // However long one waits, so many at once are too many.
  if (cost > rate.count) return new NowcastError(code, `${rule}; these are ${cost}.`, { field: limit })
  const { retryAfterMs } = outcome
  return new NowcastError(code, `${rule}; try again in ${Math.ceil(retryAfterMs / 1_000)} s.`, {
    field: limit,
    retryAfterMs,
  })
}
