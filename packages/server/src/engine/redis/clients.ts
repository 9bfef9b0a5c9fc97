// Makes ioredis clients for every kind of address. They never queue: what can't be sent now fails now.
import { Cluster, Redis } from 'ioredis'
import type { RedisAddress } from './address.ts'

/** A client of one server, or of a cluster. */
export type RedisClient = Redis | Cluster

const CONNECT_TIMEOUT_MS = 2_000
const MIN_RETRY_MS = 50
const MAX_RETRY_MS = 1_000

/** Exponential with jitter. */
const retryDelayMs = (attempt: number) =>
  Math.min(MIN_RETRY_MS * 2 ** Math.min(attempt, 10), MAX_RETRY_MS) * (0.5 + Math.random() / 2)

/** A client that is not connected yet. */
export function createRedisClient(
  address: RedisAddress,
  name: string,
  commandTimeoutMs: number,
): RedisClient {
  const shared = {
    connectionName: name,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    keepAlive: 5_000,
    // The engine itself knows what to subscribe to, and what it may repeat.
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    // A master that became a replica: the new one has to be looked for.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  }
  const alone = { ...shared, enableOfflineQueue: false, retryStrategy: retryDelayMs }
  if (address.kind === 'single') return new Redis({ ...alone, ...address.server, db: address.database })
  if (address.kind === 'sentinel') {
    return new Redis({
      ...alone,
      sentinels: [...address.sentinels],
      name: address.name,
      db: address.database,
      sentinelRetryStrategy: retryDelayMs,
      enableTLSForSentinelMode: address.tls,
    })
  }
  return new Cluster([...address.servers], {
    redisOptions: shared,
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    shardedSubscribers: true,
    slotsRefreshInterval: 5_000,
    clusterRetryStrategy: retryDelayMs,
  })
}
