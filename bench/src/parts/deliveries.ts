// Measures deliveries: a crowd on some channels, events at a rate, and what one delivery costs the server.
import type { ContestantName, Workload } from '../processes/contracts.ts'
import type { Stage } from '../processes/start.ts'
import { median } from '../statistics.ts'
import { settled } from './settled.ts'

/** One contestant under one workload. */
export interface DeliverySample {
  readonly offeredPerSecond: number
  /** Events per second that arrived, on average over the subscribers. */
  readonly achievedPerSecond: number
  readonly cpuMicrosPerDelivery: number
  /** Of one core, 0 to 1 and above. */
  readonly serverCpuShare: number
  readonly loadCpuShare: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMiB: number
  readonly bytesPerEvent: number
}

/** Who listens where. */
export interface Audience {
  readonly connections: number
  /** The connections are spread over them, one each. */
  readonly channels: readonly string[]
}

/** One contestant under one workload, over all rounds. */
export interface DeliveryResult {
  readonly contestant: ContestantName
  readonly workload: Workload
  readonly median: DeliverySample
  readonly rounds: readonly DeliverySample[]
}

const WARM_UP_SECONDS = 1
const SAMPLE_EVERY = 20
const OPEN_CONCURRENCY = 100
const CALL_MS = 60_000

/** Connects everybody. @throws Error when one can't connect */
export async function gather({ load, contestant, port }: Stage, audience: Audience): Promise<void> {
  await load.call('open', CALL_MS, {
    contestant,
    ports: [port],
    ...audience,
    concurrency: OPEN_CONCURRENCY,
    sampleEvery: SAMPLE_EVERY,
  })
}

/** Measures a workload. @throws Error when a subscriber or an event is lost */
export async function measureDelivery(
  { server, load, contestant }: Stage,
  workload: Workload,
  seconds: number,
  { connections, channels }: Audience,
): Promise<DeliverySample> {
  const listeners = connections / channels.length
  await server.call('run', CALL_MS, { ...workload, channels, seconds: WARM_UP_SECONDS })
  await settled(load)
  await load.call('reset', CALL_MS)
  const before = await server.call('usage', CALL_MS, { collect: false })
  const { published } = await server.call('run', CALL_MS, { ...workload, channels, seconds })
  const received = await settled(load)
  const after = await server.call('usage', CALL_MS, { collect: false })
  if (received.lost > 0) throw new Error(`${contestant} lost ${received.lost} subscribers`)
  if (received.events !== published * listeners) {
    throw new Error(`${contestant} delivered ${received.events} events instead of ${published * listeners}`)
  }
  const windowSeconds = Math.max(seconds, received.lastEventMs / 1e3)
  const cpuMicros = after.cpuMicros - before.cpuMicros
  return {
    offeredPerSecond: workload.rate,
    achievedPerSecond: received.events / listeners / windowSeconds,
    cpuMicrosPerDelivery: cpuMicros / received.events,
    serverCpuShare: cpuMicros / windowSeconds / 1e6,
    loadCpuShare: received.cpuMicros / windowSeconds / 1e6,
    p50Ms: received.latency.p50,
    p99Ms: received.latency.p99,
    rssMiB: after.rssBytes / 2 ** 20,
    bytesPerEvent: received.bytes / received.events,
  }
}

/** The medians over all rounds. */
export function summarize(
  contestant: ContestantName,
  workload: Workload,
  rounds: readonly DeliverySample[],
): DeliveryResult {
  const middle = (read: (sample: DeliverySample) => number) => median(rounds.map(read))
  return {
    contestant,
    workload,
    rounds,
    median: {
      offeredPerSecond: workload.rate,
      achievedPerSecond: middle((sample) => sample.achievedPerSecond),
      cpuMicrosPerDelivery: middle((sample) => sample.cpuMicrosPerDelivery),
      serverCpuShare: middle((sample) => sample.serverCpuShare),
      loadCpuShare: middle((sample) => sample.loadCpuShare),
      p50Ms: middle((sample) => sample.p50Ms),
      p99Ms: middle((sample) => sample.p99Ms),
      rssMiB: middle((sample) => sample.rssMiB),
      bytesPerEvent: middle((sample) => sample.bytesPerEvent),
    },
  }
}
