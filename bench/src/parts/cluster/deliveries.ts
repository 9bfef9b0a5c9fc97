// Deliveries over all nodes: many subscribers of one channel, spread evenly, events published on one node.
import type { ClusterStage } from '../../processes/clusterStage.ts'
import { BENCH_CHANNEL } from '../../wire/benchEvent.ts'
import { settled } from '../settled.ts'
import { costOf } from './costs.ts'
import { receivedAll, withSubscribers } from './crowd.ts'

/** Deliveries over all nodes. */
export interface DeliveriesSample {
  readonly perSecond: number
  /** From when an event was due to its receipt. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of all nodes and Redis per delivery. */
  readonly cpuMicros: number
  /** The part of it that Redis has. */
  readonly redisMicros: number
  /** CPU of all nodes, of one core. */
  readonly nodesCpuShare: number
  readonly loadCpuShare: number
}

/** Events per second. */
export const DELIVERIES_RATE = 30
const WARM_UP_SECONDS = 1
const SAMPLE_EVERY = 20
const CALL_MS = 60_000

/** Measures. @throws Error when an event does not reach every subscriber exactly once */
export function measureDeliveries(
  stage: ClusterStage,
  subscribers: number,
  seconds: number,
): Promise<DeliveriesSample> {
  const { publisher, receivers, load } = stage
  const crowd = { connections: subscribers, channels: [BENCH_CHANNEL], sampleEvery: SAMPLE_EVERY }
  const run = (length: number) =>
    publisher.server.call('run', CALL_MS, { rate: DELIVERIES_RATE, burst: 1, seconds: length })
  return withSubscribers(stage, [publisher, ...receivers], crowd, async () => {
    await run(WARM_UP_SECONDS)
    await settled(load)
    await load.call('reset', CALL_MS)
    const { result: received, costs } = await costOf(stage, async () => {
      const { published } = await run(seconds)
      return receivedAll(stage, published * subscribers)
    })
    const windowSeconds = Math.max(seconds, received.lastEventMs / 1e3)
    return {
      perSecond: received.events / windowSeconds,
      p50Ms: received.latency.p50,
      p99Ms: received.latency.p99,
      cpuMicros: (costs.nodes + costs.redis) / received.events,
      redisMicros: costs.redis / received.events,
      nodesCpuShare: costs.nodes / windowSeconds / 1e6,
      loadCpuShare: received.cpuMicros / windowSeconds / 1e6,
    }
  })
}
