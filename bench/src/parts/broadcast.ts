// Broadcast: one channel, many subscribers, events at a rate. Contestants take turns within a round, and ratios are
// taken within a round, because a shared machine is faster at one time than at another.

import type { Options } from '../options.ts'
import type { ContestantName, Workload } from '../processes/contracts.ts'
import { onStage, type Stage } from '../processes/start.ts'
import { median } from '../statistics.ts'
import { BENCH_CHANNEL } from '../wire/benchEvent.ts'
import { type DeliveryResult, type DeliverySample, gather, measureDelivery, summarize } from './deliveries.ts'
import { tell } from './progress.ts'
import { inTurn } from './turns.ts'

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
  readonly results: readonly DeliveryResult[]
  readonly ratios: readonly BroadcastRatio[]
}

type Round = Map<string, DeliverySample>
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
      contestants.map((contestant) =>
        summarize(
          contestant,
          workload,
          rounds.flatMap((round) => round.get(keyOf(contestant, workload)) ?? []),
        ),
      ),
    ),
    ratios: options.peersOnly ? [] : workloads.flatMap((workload) => ratios(workload, rounds)),
  }
}

async function measure(
  stage: Stage,
  { subscribers, workloads, seconds }: Options,
  samples: Round,
): Promise<void> {
  const audience = { connections: subscribers, channels: [BENCH_CHANNEL] }
  await gather(stage, audience)
  for (const workload of workloads) {
    const sample = await measureDelivery(stage, workload, seconds, audience)
    samples.set(keyOf(stage.contestant, workload), sample)
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
