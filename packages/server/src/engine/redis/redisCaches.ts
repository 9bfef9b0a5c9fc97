// Caches in Redis, shared by all nodes. Redis bounds their memory: each value has its time, and a server with a limit of
// memory and least-recently-used eviction forgets earlier.
import type { Caches, PlacedValue } from '../caches.ts'
import { decodePlaced, encodePlaced } from '../placedValue.ts'
import { singleKeyOf } from './keys.ts'
import type { RedisLink } from './link.ts'

/** Caches over all nodes. */
export class RedisCaches implements Caches {
  readonly #link: RedisLink
  readonly #prefix: string
  #hits = 0
  #misses = 0

  /** @param prefix begins the names of all keys */
  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  get hits(): number {
    return this.#hits
  }

  get misses(): number {
    return this.#misses
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.#link.run('cacheGet', [this.#keyOf(key)], [])
    if (typeof value === 'string') {
      this.#hits += 1
      return value
    }
    this.#misses += 1
    return undefined
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#link.run('cacheSet', [this.#keyOf(key)], [value, ttlMs])
  }

  async getNewest(key: string): Promise<PlacedValue | undefined> {
    const text = await this.get(key)
    return text === undefined ? undefined : decodePlaced(text)
  }

  async setNewest(key: string, placed: PlacedValue, ttlMs: number): Promise<void> {
    const { epoch, offset } = placed.position
    const args = [encodePlaced(placed), ttlMs, offset, epoch]
    await this.#link.run('cacheSetNewest', [this.#keyOf(key)], args)
  }

  async delete(key: string): Promise<void> {
    await this.#link.run('cacheDelete', [this.#keyOf(key)], [])
  }

  #keyOf(key: string): string {
    return singleKeyOf(this.#prefix, 'cache', key)
  }
}
