// Nowcast in Pusher's protocol beside the native one: the same server, the same events, two wire formats. Both take turns
// within a round, and ratios are taken within a round.
import type { Options } from '../options.ts'
import type { Workload } from '../processes/contracts.ts'
import { onStage } from '../processes/start.ts'
import { median } from '../statistics.ts'
import { BENCH_CHANNEL } from '../wire/benchEvent.ts'
import {
  type Audience,
  type DeliveryResult,
  type DeliverySample,
  gather,
  measureDelivery,
  summarize,
} from './deliveries.ts'
import { tell } from './progress.ts'
import { inTurn } from './turns.ts'

/** Who listens, and how many events there are. */
interface Scene extends Audience {
  readonly workloads: readonly Workload[]
}

/** One scene's figures. */
export interface PusherScene {
  readonly channels: number
  readonly connections: number
  readonly results: readonly DeliveryResult[]
  /** CPU per delivery in Pusher's protocol relative to the native one, by workload. */
  readonly ratios: readonly {
    readonly workload: Workload
    readonly median: number
    readonly rounds: readonly number[]
  }[]
}

/** The part's report. */
export interface PusherReport {
  readonly seconds: number
  readonly scenes: readonly PusherScene[]
}

const PROTOCOLS = ['nowcast', 'pusher'] as const
const evenly = (rate: number): Workload => ({ rate, burst: 1 })

const scenes: readonly Scene[] = [
  { connections: 1_000, channels: [BENCH_CHANNEL], workloads: [evenly(100), evenly(500)] },
  {
    connections: 10_000,
    channels: Array.from({ length: 100 }, (_, index) => `${BENCH_CHANNEL}-${index}`),
    workloads: [evenly(500)],
  },
]

type Samples = Map<string, DeliverySample[]>
const keyOf = (protocol: string, { rate }: Workload) => `${protocol} ${rate}`

/** Runs the part. @throws Error when a subscriber or an event is lost */
export async function runPusher(options: Options): Promise<PusherReport> {
  const reports: PusherScene[] = []
  for (const scene of scenes) reports.push(await runScene(scene, options))
  return { seconds: options.seconds, scenes: reports }
}

async function runScene(scene: Scene, options: Options): Promise<PusherScene> {
  const { connections, channels, workloads } = scene
  const samples: Samples = new Map()
  for (let round = 0; round < options.rounds; round += 1) {
    for (const protocol of inTurn(PROTOCOLS, round)) {
      tell(`pusher: ${channels.length} channels, round ${round + 1} of ${options.rounds}, ${protocol}`)
      await onStage(protocol, { profile: options.profile }, async (stage) => {
        await gather(stage, { connections, channels })
        for (const workload of workloads) {
          const key = keyOf(protocol, workload)
          const sample = await measureDelivery(stage, workload, options.seconds, scene)
          samples.set(key, [...(samples.get(key) ?? []), sample])
        }
      })
    }
  }
  const of = (protocol: string, workload: Workload) => samples.get(keyOf(protocol, workload)) ?? []
  return {
    channels: channels.length,
    connections,
    results: workloads.flatMap((workload) =>
      PROTOCOLS.map((protocol) => summarize(protocol, workload, of(protocol, workload))),
    ),
    ratios: workloads.map((workload) => {
      const native = of('nowcast', workload)
      const rounds = of('pusher', workload).map(
        (sample, round) => sample.cpuMicrosPerDelivery / (native[round]?.cpuMicrosPerDelivery ?? Number.NaN),
      )
      return { workload, median: median(rounds), rounds }
    }),
  }
}
