// Several engines on one Redis, as nodes of one cluster have them, with names of their own for everything they keep.
import { randomUUID } from 'node:crypto'
import { parseRedisAddress } from '../engine/redis/address.ts'
import { IoredisLink } from '../engine/redis/ioredisLink.ts'
import { RedisEngine, type RedisEngineOptions } from '../engine/redis/redisEngine.ts'
import { systemClock } from '../foundation/clock.ts'
import { createLogger } from '../foundation/log.ts'

const log = createLogger('silent')

/** Makes the engines of one cluster. */
export class RedisNodes {
  readonly #url: string
  readonly #options: Partial<RedisEngineOptions>
  readonly #prefix = `test-${randomUUID()}`
  #count = 0

  constructor(url: string, options: Partial<RedisEngineOptions> = {}) {
    this.#url = url
    this.#options = options
  }

  /** One more node's engine, not started. @param url where it reaches Redis, when not like the others */
  add(url = this.#url): RedisEngine {
    this.#count += 1
    const node = `node-${this.#count}`
    const link = new IoredisLink(parseRedisAddress(url), node, systemClock, log)
    return new RedisEngine(link, systemClock, log, randomUUID, {
      prefix: this.#prefix,
      node,
      idempotencyWindowMs: 300_000,
      ...this.#options,
    })
  }
}
