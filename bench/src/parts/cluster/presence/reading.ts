// Who is there, read on one node: Nowcast's snapshot of members, and the nearest that Socket.IO has.
import type { ClusterStage } from '../../../processes/clusterStage.ts'
import type { PresenceStage } from '../../../processes/presenceStage.ts'
import { BENCH_CHANNEL } from '../../../wire/benchEvent.ts'
import { costOf } from '../costs.ts'
import { withSubscribers } from '../crowd.ts'
import { CALL_MS, MEMBERS, presenceCostOf } from './engines.ts'

/** Reading everybody. */
export interface ReadingSample {
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of all nodes and Redis for one reading. */
  readonly cpuMicros: number
  /** The part of it that Redis has. */
  readonly redisMicros: number
}

const WARM_UP_TIMES = 20

/** Measures Nowcast's snapshot; everybody has to be there. @throws Error when one lacks somebody */
export async function measureSnapshots(stage: PresenceStage, times: number): Promise<ReadingSample> {
  const run = (count: number) => stage.first.call('read', CALL_MS, { times: count, members: MEMBERS })
  await run(WARM_UP_TIMES)
  const { result, costs } = await presenceCostOf(stage, () => run(times))
  return toSample(result, costs, times)
}

/**
 * Measures Socket.IO's `fetchSockets()` with as many sockets in the room, each with data.
 * @throws Error when one lacks somebody
 */
export function measureFetches(stage: ClusterStage, times: number): Promise<ReadingSample> {
  const nodes = [stage.publisher, ...stage.receivers]
  const crowd = { connections: MEMBERS, channels: [BENCH_CHANNEL], sampleEvery: MEMBERS }
  const run = (count: number) =>
    stage.publisher.server.call('read', CALL_MS, { times: count, members: MEMBERS })
  return withSubscribers(stage, nodes, crowd, async () => {
    await Promise.all(nodes.map(({ server }) => server.call('describe', CALL_MS)))
    await run(WARM_UP_TIMES)
    const { result, costs } = await costOf(stage, () => run(times))
    return toSample(result, costs, times)
  })
}

function toSample(
  { p50, p99 }: { readonly p50: number; readonly p99: number },
  { nodes, redis }: { readonly nodes: number; readonly redis: number },
  times: number,
): ReadingSample {
  return { p50Ms: p50, p99Ms: p99, cpuMicros: (nodes + redis) / times, redisMicros: redis / times }
}
