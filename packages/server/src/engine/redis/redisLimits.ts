// Sliding windows in Redis, one for all nodes.
import type { LimitOutcome, Limits, LimitWindow } from '../limits.ts'
import { singleKeyOf } from './keys.ts'
import type { RedisLink } from './link.ts'
import { senseless } from './reply.ts'

/** Sliding windows over all nodes. */
export class RedisLimits implements Limits {
  readonly #link: RedisLink
  readonly #prefix: string

  /** @param prefix begins the names of all keys */
  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  async take(key: string, { count, windowMs }: LimitWindow, cost = 1): Promise<LimitOutcome> {
    const reply = await this.#link.run(
      'takeLimit',
      [singleKeyOf(this.#prefix, 'limit', key)],
      [count, windowMs, cost],
    )
    const [allowed, figure] = Array.isArray(reply) ? reply : []
    if (typeof figure !== 'number') throw senseless()
    return allowed === 1 ? { allowed: true, remaining: figure } : { allowed: false, retryAfterMs: figure }
  }
}
