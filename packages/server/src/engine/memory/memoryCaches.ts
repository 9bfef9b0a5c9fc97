// Caches in this process.
import type { Clock } from '../../foundation/clock.ts'
import type { Caches, PlacedValue } from '../caches.ts'
import { decodePlaced, encodePlaced } from '../placedValue.ts'
import { BoundedMap } from './boundedMap.ts'

/** Caches in this process. */
export class MemoryCaches implements Caches {
  readonly #clock: Clock
  readonly #values: BoundedMap<{ readonly value: string; readonly expiresAt: number }>
  #hits = 0
  #misses = 0

  /** @param max values that are kept */
  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#values = new BoundedMap(max)
  }

  get hits(): number {
    return this.#hits
  }

  get misses(): number {
    return this.#misses
  }

  async get(key: string): Promise<string | undefined> {
    const cached = this.#values.get(key)
    if (cached !== undefined && cached.expiresAt > this.#clock.now()) {
      this.#hits += 1
      return cached.value
    }
    this.#misses += 1
    return undefined
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#values.set(key, { value, expiresAt: this.#clock.now() + ttlMs })
  }

  async getNewest(key: string): Promise<PlacedValue | undefined> {
    const text = await this.get(key)
    return text === undefined ? undefined : decodePlaced(text)
  }

  async setNewest(key: string, placed: PlacedValue, ttlMs: number): Promise<void> {
    const cached = this.#values.get(key)
    if (cached !== undefined && cached.expiresAt > this.#clock.now()) {
      const { epoch, offset } = decodePlaced(cached.value).position
      if (epoch === placed.position.epoch && offset > placed.position.offset) return
    }
    await this.set(key, encodePlaced(placed), ttlMs)
  }

  async delete(key: string): Promise<void> {
    this.#values.delete(key)
  }

  /** Lets go of what has ended. */
  sweep(): void {
    const now = this.#clock.now()
    this.#values.sweep(({ expiresAt }) => expiresAt <= now)
  }
}
