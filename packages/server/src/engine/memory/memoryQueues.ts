// Queues in this process.
import type { Clock } from '../../foundation/clock.ts'
import type { QueueBounds, Queues } from '../queues.ts'
import { BoundedMap } from './boundedMap.ts'

interface Item {
  readonly text: string
  readonly expiresAt: number
}

/** Queues in this process. */
export class MemoryQueues implements Queues {
  readonly #clock: Clock
  readonly #queues: BoundedMap<Item[]>

  /** @param max queues that are kept; over it, those used longest ago go whole */
  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#queues = new BoundedMap(max)
  }

  async push(key: string, item: string, { max, ttlMs }: QueueBounds): Promise<number> {
    const kept = this.#kept(key)
    kept.push({ text: item, expiresAt: this.#clock.now() + ttlMs })
    const over = Math.max(0, kept.length - max)
    kept.splice(0, over)
    this.#queues.set(key, kept)
    return over
  }

  async take(key: string, count: number): Promise<readonly string[]> {
    const kept = this.#kept(key)
    const taken = kept.splice(0, count)
    if (kept.length === 0) this.#queues.delete(key)
    return taken.map(({ text }) => text)
  }

  async peek(key: string, count: number): Promise<readonly string[]> {
    return this.#kept(key)
      .slice(0, count)
      .map(({ text }) => text)
  }

  async drop(key: string, items: readonly string[]): Promise<void> {
    const kept = this.#kept(key)
    for (const item of items) if (kept[0]?.text === item) kept.shift()
    if (kept.length === 0) this.#queues.delete(key)
  }

  async size(key: string): Promise<number> {
    return this.#kept(key).length
  }

  /** Lets go of what has ended. */
  sweep(): void {
    const now = this.#clock.now()
    this.#queues.sweep((items) => (items.at(-1)?.expiresAt ?? 0) <= now)
  }

  /** The queue's items, without those that have ended. */
  #kept(key: string): Item[] {
    const now = this.#clock.now()
    const items = this.#queues.get(key) ?? []
    const first = items.findIndex(({ expiresAt }) => expiresAt > now)
    items.splice(0, first === -1 ? items.length : first)
    return items
  }
}
