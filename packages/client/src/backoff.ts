// Waiting times between attempts: exponential, with full jitter, so that many clients that lost the same server do
// not come back at the same moment.
import { NowcastError } from '@nowcast/protocol'
import type { Timers } from './timers.ts'

/** Bounds of waiting times, in milliseconds. */
export interface BackoffBounds {
  readonly minMs?: number
  readonly maxMs?: number
}

/** How long to wait before the attempt after `attempt` failed ones: from 0 to `minMs`, doubled each time up to `maxMs`. */
export function backoffMs(timers: Timers, attempt: number, bounds: BackoffBounds = {}): number {
  const { minMs = 200, maxMs = 10_000 } = bounds
  return Math.round(timers.random() * Math.min(maxMs, minMs * 2 ** Math.min(attempt, 20)))
}

/**
 * Asks until there is an answer: retryable refusals are waited out.
 * @param wanted false when nobody needs the answer any more
 * @returns undefined when it is not wanted any more
 * @throws NowcastError what can't be mended by waiting
 */
export async function untilAnswered<T>(
  timers: Timers,
  wanted: () => boolean,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  for (let attempt = 1; wanted(); attempt += 1) {
    try {
      const answer = await ask()
      return wanted() ? answer : undefined
    } catch (error) {
      if (!wanted()) return undefined
      if (!(error instanceof NowcastError) || !error.retryable) throw error
      const delayMs = error.retryAfterMs ?? backoffMs(timers, attempt)
      await new Promise<void>((resolve) => timers.after(delayMs, resolve))
    }
  }
  return undefined
}
