// CPU time of every process of a cluster over a measured window.
import type { ClusterStage } from '../../processes/clusterStage.ts'

/** CPU time in microseconds. */
export interface Costs {
  readonly publisher: number
  /** The mean of the nodes that receive. */
  readonly receiver: number
  readonly nodes: number
  readonly redis: number
}

const CALL_MS = 10_000

/** CPU time of every process since it began. */
async function readCosts({ publisher, receivers, redis }: ClusterStage): Promise<Costs> {
  const usage = async ({ server }: ClusterStage['publisher']) =>
    (await server.call('usage', CALL_MS, { collect: false })).cpuMicros
  const [own, others, redisMicros] = await Promise.all([
    usage(publisher),
    Promise.all(receivers.map(usage)),
    redis.call('cpuMicros', CALL_MS),
  ])
  const received = others.reduce((sum, micros) => sum + micros, 0)
  return {
    publisher: own,
    receiver: received / receivers.length,
    nodes: own + received,
    redis: redisMicros,
  }
}

/** Runs `act`. @returns what it came to, and what it cost */
export async function costOf<R>(
  stage: ClusterStage,
  act: () => Promise<R>,
): Promise<{ readonly result: R; readonly costs: Costs }> {
  const before = await readCosts(stage)
  const result = await act()
  const after = await readCosts(stage)
  return {
    result,
    costs: {
      publisher: after.publisher - before.publisher,
      receiver: after.receiver - before.receiver,
      nodes: after.nodes - before.nodes,
      redis: after.redis - before.redis,
    },
  }
}
