// Broadcast: one channel, many subscribers, events at a rate. Contestants take turns within a round, and ratios are
// taken within a round, because a shared machine is faster at one time than at another.

import type { Options } from '../options.ts'
import type { ContestantName, Workload } from '../processes/contracts.ts'
import { onStage, type Stage } from '../processes/start.ts'
import { median } from '../statistics.ts'
import { BENCH_CHANNEL } from '../wire/benchEvent.ts'
import { tell } from './progress.ts'
import { settled } from './settled.ts'
import { inTurn } from './turns.ts'

/** One contestant under one workload. */
interface BroadcastSample {
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

/** One contestant under one workload, over all rounds. */
interface BroadcastResult {
  readonly contestant: ContestantName
  readonly workload: Workload
  readonly median: BroadcastSample
  readonly rounds: readonly BroadcastSample[]
}

/** Nowcast's CPU per delivery relative to another's. */
interface BroadcastRatio {
  readonly workload: Workload
  readonly versus: ContestantName
  readonly median: number
  readonly rounds: readonly number[]
}

/** The part's report. */
export interface BroadcastReport {
  readonly subscribers: number
  readonly seconds: number
  readonly results: readonly BroadcastResult[]
  readonly ratios: readonly BroadcastRatio[]
}

const WARM_UP_SECONDS = 1
const SAMPLE_EVERY = 20
const OPEN_CONCURRENCY = 100
const CALL_MS = 60_000

type Round = Map<string, BroadcastSample>
const keyOf = (contestant: ContestantName, { rate, burst }: Workload) => `${contestant} ${rate}x${burst}`

/** Runs the part. @throws Error when a contestant fails or loses a subscriber */
export async function runBroadcast(options: Options): Promise<BroadcastReport> {
  const contestants: ContestantName[] = [
    'floor',
    'ws',
    'socket.io',
    ...(options.peersOnly ? [] : ['nowcast' as const]),
  ]
  const rounds: Round[] = []
  for (let round = 0; round < options.rounds; round += 1) {
    const samples: Round = new Map()
    for (const contestant of inTurn(contestants, round)) {
      tell(`broadcast: round ${round + 1} of ${options.rounds}, ${contestant}`)
      await onStage(contestant, { profile: options.profile }, (stage) => measure(stage, options, samples))
    }
    rounds.push(samples)
  }
  const { subscribers, seconds, workloads } = options
  return {
    subscribers,
    seconds,
    results: workloads.flatMap((workload) =>
      contestants.map((contestant) => summarize(contestant, workload, rounds)),
    ),
    ratios: options.peersOnly ? [] : workloads.flatMap((workload) => ratios(workload, rounds)),
  }
}

async function measure(
  stage: Stage,
  { subscribers, workloads, seconds }: Options,
  samples: Round,
): Promise<void> {
  const { load, contestant, port } = stage
  await load.call('open', CALL_MS, {
    contestant,
    ports: [port],
    connections: subscribers,
    concurrency: OPEN_CONCURRENCY,
    channels: [BENCH_CHANNEL],
    sampleEvery: SAMPLE_EVERY,
  })
  for (const workload of workloads)
    samples.set(keyOf(contestant, workload), await measureWorkload(stage, workload, seconds, subscribers))
}

async function measureWorkload(
  { server, load, contestant }: Stage,
  workload: Workload,
  seconds: number,
  subscribers: number,
): Promise<BroadcastSample> {
  await server.call('run', CALL_MS, { ...workload, seconds: WARM_UP_SECONDS })
  await settled(load)
  await load.call('reset', CALL_MS)
  const before = await server.call('usage', CALL_MS, { collect: false })
  const { published } = await server.call('run', CALL_MS, { ...workload, seconds })
  const received = await settled(load)
  const after = await server.call('usage', CALL_MS, { collect: false })
  if (received.lost > 0) throw new Error(`${contestant} lost ${received.lost} subscribers`)
  if (received.events !== published * subscribers) {
    throw new Error(`${contestant} delivered ${received.events} events instead of ${published * subscribers}`)
  }
  const windowSeconds = Math.max(seconds, received.lastEventMs / 1e3)
  const cpuMicros = after.cpuMicros - before.cpuMicros
  return {
    offeredPerSecond: workload.rate,
    achievedPerSecond: received.events / subscribers / windowSeconds,
    cpuMicrosPerDelivery: cpuMicros / received.events,
    serverCpuShare: cpuMicros / windowSeconds / 1e6,
    loadCpuShare: received.cpuMicros / windowSeconds / 1e6,
    p50Ms: received.latency.p50,
    p99Ms: received.latency.p99,
    rssMiB: after.rssBytes / 2 ** 20,
    bytesPerEvent: received.bytes / received.events,
  }
}

function summarize(
  contestant: ContestantName,
  workload: Workload,
  rounds: readonly Round[],
): BroadcastResult {
  const samples = rounds.flatMap((round) => round.get(keyOf(contestant, workload)) ?? [])
  const middle = (read: (sample: BroadcastSample) => number) => median(samples.map(read))
  return {
    contestant,
    workload,
    rounds: samples,
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

function ratios(workload: Workload, rounds: readonly Round[]): BroadcastRatio[] {
  const peers = ['floor', 'ws', 'socket.io'] as const
  return peers.map((versus) => {
    const perRound = rounds.flatMap((round) => {
      const own = round.get(keyOf('nowcast', workload))
      const other = round.get(keyOf(versus, workload))
      return own === undefined || other === undefined
        ? []
        : own.cpuMicrosPerDelivery / other.cpuMicrosPerDelivery
    })
    return { workload, versus, median: median(perRound), rounds: perRound }
  })
}
