// The hop from node to node: what it adds to the latency, and what a publication from elsewhere costs a node.
import type { ClusterStage } from '../../processes/clusterStage.ts'
import { BENCH_CHANNEL } from '../../wire/benchEvent.ts'
import { settled } from '../settled.ts'
import { costOf } from './costs.ts'
import { receivedAll, withSubscribers } from './crowd.ts'

/** The hop's latency and costs, at a rate that leaves everybody idle time. */
export interface HopSample {
  /** From when a publication was due to its receipt by a subscriber of the publishing node. */
  readonly sameNodeP50Ms: number
  readonly sameNodeP99Ms: number
  /** The same for a subscriber of another node; the slower of them. */
  readonly otherNodeP50Ms: number
  readonly otherNodeP99Ms: number
  /** CPU time of the publishing node per publication. */
  readonly publisherMicros: number
  /** CPU time of a receiving node per publication received. */
  readonly receiverMicros: number
  readonly redisMicros: number
}

/** Publications per second. */
export const HOP_RATE = 1_000
const WARM_UP_SECONDS = 1
const CALL_MS = 60_000

/** Measures with one subscriber on each node. @throws Error when a publication does not arrive exactly once on each */
export function measureHop(stage: ClusterStage, seconds: number): Promise<HopSample> {
  const { publisher, receivers, load } = stage
  const nodes = [publisher, ...receivers]
  const crowd = { connections: nodes.length, channels: [BENCH_CHANNEL], sampleEvery: 1, eager: true }
  const run = (length: number) =>
    publisher.server.call('run', CALL_MS, { rate: HOP_RATE, burst: 1, seconds: length })
  return withSubscribers(stage, nodes, crowd, async () => {
    await run(WARM_UP_SECONDS)
    await settled(load)
    await load.call('reset', CALL_MS)
    const { result, costs } = await costOf(stage, async () => {
      const { published } = await run(seconds)
      return { published, received: await receivedAll(stage, published * nodes.length) }
    })
    const { published, received } = result
    const same = received.nodes.filter(({ port }) => port === publisher.port)
    const others = received.nodes.filter(({ port }) => port !== publisher.port)
    return {
      sameNodeP50Ms: Math.max(...same.map(({ latency }) => latency.p50)),
      sameNodeP99Ms: Math.max(...same.map(({ latency }) => latency.p99)),
      otherNodeP50Ms: Math.max(...others.map(({ latency }) => latency.p50)),
      otherNodeP99Ms: Math.max(...others.map(({ latency }) => latency.p99)),
      publisherMicros: costs.publisher / published,
      receiverMicros: costs.receiver / published,
      redisMicros: costs.redis / published,
    }
  })
}
