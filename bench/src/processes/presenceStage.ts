// The engines of a cluster of Nowcast on one Redis, each a process of its own that follows one channel's members.
import type { PresenceProcess, RedisProcess } from './contracts.ts'
import type { Remote } from './remote.ts'
import { startPresence, startRedis } from './start.ts'

/** Engines that see each other. */
export interface PresenceStage {
  readonly first: Remote<PresenceProcess>
  readonly others: readonly Remote<PresenceProcess>[]
  /** All of them. */
  readonly nodes: readonly Remote<PresenceProcess>[]
  readonly redis: Remote<RedisProcess>
}

const NODES = 3
const START_MS = 60_000

/**
 * Runs `act` with fresh engines and a fresh Redis; all are gone afterwards.
 * @param leaseMs how long a node's members outlive it
 * @param profile take CPU profiles of the engines
 * @throws Error when one does not start, or what `act` throws
 */
export async function onPresence<R>(
  leaseMs: number,
  profile: boolean,
  act: (stage: PresenceStage) => Promise<R>,
): Promise<R> {
  const redis = startRedis()
  const first = startPresence(profile)
  const others = Array.from({ length: NODES - 1 }, () => startPresence(profile))
  const nodes = [first, ...others]
  try {
    const { url: redisUrl } = await redis.call('start', START_MS)
    await Promise.all(
      nodes.map((node, index) => node.call('start', START_MS, { redisUrl, node: `node-${index}`, leaseMs })),
    )
    return await act({ first, others, nodes, redis })
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    await redis.stop()
  }
}
