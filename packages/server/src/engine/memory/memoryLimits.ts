// Sliding windows in this process.
import type { Clock } from '../../foundation/clock.ts'
import type { LimitOutcome, Limits, LimitWindow } from '../limits.ts'
import { BoundedMap } from './boundedMap.ts'

/** What was taken under one key. */
interface Log {
  /** When each unit was taken, oldest first, in milliseconds since 1970. */
  readonly taken: number[]
  windowMs: number
}

/** Sliding windows in this process. */
export class MemoryLimits implements Limits {
  readonly #clock: Clock
  readonly #logs: BoundedMap<Log>

  /** @param max keys that are counted; over it, those taken from longest ago start anew */
  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#logs = new BoundedMap(max)
  }

  async take(key: string, { count, windowMs }: LimitWindow, cost = 1): Promise<LimitOutcome> {
    const now = this.#clock.now()
    const log = this.#logs.get(key) ?? { taken: [], windowMs }
    const { taken } = log
    log.windowMs = windowMs
    const ended = taken.findIndex((at) => at + windowMs > now)
    taken.splice(0, ended === -1 ? taken.length : ended)
    if (taken.length + cost > count) {
      const freeing = taken[taken.length + cost - count - 1] ?? now
      return { allowed: false, retryAfterMs: freeing + windowMs - now }
    }
    for (let unit = 0; unit < cost; unit += 1) taken.push(now)
    this.#logs.set(key, log)
    return { allowed: true, remaining: count - taken.length }
  }

  /** Lets go of windows in which nothing is left. */
  sweep(): void {
    const now = this.#clock.now()
    this.#logs.sweep(({ taken, windowMs }) => (taken.at(-1) ?? 0) + windowMs <= now)
  }
}
