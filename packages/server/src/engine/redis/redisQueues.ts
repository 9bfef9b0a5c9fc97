// Queues in Redis, shared by all nodes.
import type { QueueBounds, Queues } from '../queues.ts'
import { singleKeyOf } from './keys.ts'
import type { RedisLink, RedisReply } from './link.ts'
import { senseless } from './reply.ts'

/** Queues over all nodes. */
export class RedisQueues implements Queues {
  readonly #link: RedisLink
  readonly #prefix: string

  /** @param prefix begins the names of all keys */
  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  async push(key: string, item: string, { max, ttlMs }: QueueBounds): Promise<number> {
    return toNumber(await this.#link.run('queuePush', [this.#keyOf(key)], [item, max, ttlMs]))
  }

  async take(key: string, count: number): Promise<readonly string[]> {
    return toItems(await this.#link.run('queueTake', [this.#keyOf(key)], [count]))
  }

  async peek(key: string, count: number): Promise<readonly string[]> {
    return toItems(await this.#link.run('queuePeek', [this.#keyOf(key)], [count]))
  }

  async drop(key: string, items: readonly string[]): Promise<void> {
    await this.#link.run('queueDrop', [this.#keyOf(key)], [...items])
  }

  async size(key: string): Promise<number> {
    return toNumber(await this.#link.run('queueSize', [this.#keyOf(key)], []))
  }

  #keyOf(key: string): string {
    return singleKeyOf(this.#prefix, 'queue', key)
  }
}

/** Each item stands behind its end and a space. */
function toItems(reply: RedisReply): readonly string[] {
  if (!Array.isArray(reply)) throw senseless()
  return reply.map((item) => String(item).slice(String(item).indexOf(' ') + 1))
}

function toNumber(reply: RedisReply): number {
  if (typeof reply !== 'number') throw senseless()
  return reply
}
