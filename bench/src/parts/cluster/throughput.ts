// Publications per second through Redis: one node publishes as fast as what is under way allows, subscribers of the
// others count.
import type { ClusterStage } from '../../processes/clusterStage.ts'
import { settled } from '../settled.ts'
import { costOf } from './costs.ts'
import { receivedAll, withSubscribers } from './crowd.ts'

/** Publications per second, and what each costs. */
export interface ThroughputSample {
  /** Publications that reached every other node, per second until the last one did. */
  readonly perSecond: number
  /** CPU time of the publishing node per publication. */
  readonly publisherMicros: number
  /** CPU time of a receiving node per publication. */
  readonly receiverMicros: number
  readonly redisMicros: number
}

/**
 * Events under way at a time: so many that nobody waits for word of what has arrived, fewer than the 10,000 that Socket.IO
 * keeps in its stream.
 */
const WINDOW = 5_000
const WARM_UP_SECONDS = 1
/** Connections that look into what they receive. */
const SAMPLED = 20
/** How often a contestant without acknowledgements is told what has arrived. */
const TELL_MS = 5
const CALL_MS = 60_000

/**
 * Measures with one subscriber of each channel on every receiving node.
 * @throws Error when a publication does not arrive exactly once on each
 */
export function measureThroughput(
  stage: ClusterStage,
  channelCount: number,
  seconds: number,
): Promise<ThroughputSample> {
  const { receivers, load } = stage
  const channels = Array.from({ length: channelCount }, (_, index) => `flood-${index}`)
  const connections = channelCount * receivers.length
  const sampleEvery = Math.ceil(connections / SAMPLED)
  return withSubscribers(stage, receivers, { connections, channels, sampleEvery }, async () => {
    await flood(stage, channels, WARM_UP_SECONDS)
    await settled(load)
    await load.call('reset', CALL_MS)
    const { result, costs } = await costOf(stage, async () => {
      const published = await flood(stage, channels, seconds)
      return { published, received: await receivedAll(stage, published * receivers.length) }
    })
    const { published, received } = result
    return {
      perSecond: published / Math.max(seconds, received.lastEventMs / 1e3),
      publisherMicros: costs.publisher / published,
      receiverMicros: costs.receiver / published,
      redisMicros: costs.redis / published,
    }
  })
}

async function flood(
  { publisher, load, dialect }: ClusterStage,
  channels: readonly string[],
  seconds: number,
): Promise<number> {
  const before = await load.call('arrivedEverywhere', CALL_MS)
  let over = false
  const flooding = publisher.server
    .call('flood', CALL_MS, { channels, seconds, window: WINDOW })
    .finally(() => {
      over = true
    })
  const telling = async () => {
    while (!over) {
      const count = (await load.call('arrivedEverywhere', CALL_MS)) - before
      await publisher.server.call('arrived', CALL_MS, { count })
      await new Promise((resolve) => setTimeout(resolve, TELL_MS))
    }
  }
  // Nowcast's publications are acknowledged; Socket.IO can't know what has arrived.
  const [{ published }] = await Promise.all([flooding, dialect === 'nowcast' ? undefined : telling()])
  return published
}
