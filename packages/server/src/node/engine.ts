// Which engine a node uses: Redis when it is configured, else its own memory.
import { randomUUID } from 'node:crypto'
import type { Hub } from '../core/hub.ts'
import type { NodeCalls } from '../core/nodeCalls.ts'
import type { Engine, EngineListener } from '../engine/engine.ts'
import { MemoryEngine } from '../engine/memory/memoryEngine.ts'
import { describeRedisAddress, parseRedisAddress } from '../engine/redis/address.ts'
import { IoredisLink } from '../engine/redis/ioredisLink.ts'
import { RedisEngine } from '../engine/redis/redisEngine.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'

const IDEMPOTENCY_WINDOW_MS = 300_000

/**
 * An engine that is not started yet.
 * @param node this node's name
 * @throws StartupError when the address of Redis is none
 */
export function createEngine({ redis, presence }: Config, node: string, clock: Clock, log: Logger): Engine {
  if (redis.url === undefined) return new MemoryEngine(clock, randomUUID)
  const link = new IoredisLink(parseRedisAddress(redis.url), `nowcast-${node}`, clock, log)
  const options = {
    prefix: redis.prefix,
    node,
    idempotencyWindowMs: IDEMPOTENCY_WINDOW_MS,
    presenceLeaseMs: presence.lease,
  }
  return new RedisEngine(link, clock, log, randomUUID, options)
}

/** Hands what the engine tells to the part that it is for. */
export function engineListener(calls: NodeCalls, hub: Hub): EngineListener {
  return {
    publication(key, publication, epoch) {
      if (key === calls.key) calls.receive(publication)
      else hub.publication(key, publication, epoch)
    },
    moved: (key, position) => hub.moved(key, position),
  }
}

/** Where what nodes share is, for people; holds no password. @throws StartupError when the address is none */
export function describeEngine({ redis }: Config): string {
  return redis.url === undefined
    ? 'memory of this process'
    : describeRedisAddress(parseRedisAddress(redis.url))
}
