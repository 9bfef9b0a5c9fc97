// The part of Nowcast that keeps presence, alone. The package shows only whole nodes, whose clients can't be members, so
// this file reaches for what is built of the package's inside; no other does.
import { randomUUID } from 'node:crypto'
import type { PresenceChange, PresenceListener } from '../../../packages/server/dist/engine/presence.js'
import { parseRedisAddress } from '../../../packages/server/dist/engine/redis/address.js'
import { IoredisLink } from '../../../packages/server/dist/engine/redis/ioredisLink.js'
import { RedisEngine } from '../../../packages/server/dist/engine/redis/redisEngine.js'
import { channelKey } from '../../../packages/server/dist/foundation/channelKey.js'
import { systemClock } from '../../../packages/server/dist/foundation/clock.js'
import { createLogger } from '../../../packages/server/dist/foundation/log.js'
import { BENCH_CHANNEL } from '../wire/benchEvent.ts'

export type { PresenceChange, PresenceListener, RedisEngine }

/** The channel whose members are counted. */
export const PRESENCE_CHANNEL = channelKey('bench', BENCH_CHANNEL)

const IDEMPOTENCY_WINDOW_MS = 300_000

/** A node's engine, as a node makes it, not started. @param leaseMs how long its members outlive it */
export function createEngine(redisUrl: string, node: string, leaseMs: number): RedisEngine {
  const log = createLogger('error')
  const link = new IoredisLink(parseRedisAddress(redisUrl), node, systemClock, log)
  return new RedisEngine(link, systemClock, log, randomUUID, {
    prefix: 'bench',
    node,
    idempotencyWindowMs: IDEMPOTENCY_WINDOW_MS,
    presenceLeaseMs: leaseMs,
  })
}
