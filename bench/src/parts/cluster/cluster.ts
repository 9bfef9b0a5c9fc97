// Several nodes over one Redis, Nowcast beside Socket.IO with its own adapters. Contestants take turns within a round,
// and ratios are taken within a round, because a shared machine is faster at one time than at another.

import type { Options } from '../../options.ts'
import {
  type ClusterContestant,
  type ClusterStage,
  clusterContestants,
  onCluster,
} from '../../processes/clusterStage.ts'
import { withDatabase } from '../../processes/start.ts'
import { median, medians } from '../../statistics.ts'
import { tell } from '../progress.ts'
import { inTurn } from '../turns.ts'
import { type DeliveriesSample, measureDeliveries } from './deliveries.ts'
import { type HopSample, measureHop } from './hop.ts'
import { type PresenceReport, runPresence } from './presence/presence.ts'
import { measureStorm, type StormSample } from './storm.ts'
import { measureThroughput, type ThroughputSample } from './throughput.ts'

/** One contestant in one round. */
export interface ClusterSample {
  readonly oneChannel: ThroughputSample
  readonly manyChannels: ThroughputSample
  readonly hop: HopSample
  readonly deliveries: DeliveriesSample
  readonly storm: StormSample
}

/** One contestant over all rounds. */
export interface ClusterResult {
  readonly contestant: ClusterContestant
  readonly median: ClusterSample
  readonly rounds: readonly ClusterSample[]
}

/** One of Nowcast's figures relative to another's. */
export interface ClusterRatio {
  readonly figure: ClusterFigure
  readonly versus: ClusterContestant
  readonly median: number
  readonly rounds: readonly number[]
}

/** The part's report. */
export interface ClusterReport {
  readonly subscribers: number
  readonly clients: number
  readonly seconds: number
  readonly results: readonly ClusterResult[]
  readonly ratios: readonly ClusterRatio[]
  readonly presence: PresenceReport
}

/** The figures that ratios are taken of. */
const figures = {
  'CPU per delivery, with Redis': ({ deliveries }: ClusterSample) => deliveries.cpuMicros,
  'CPU per remote publication': ({ hop }: ClusterSample) => hop.receiverMicros,
  'publications/s, 1 channel': ({ oneChannel }: ClusterSample) => oneChannel.perSecond,
  'publications/s, 100 channels': ({ manyChannels }: ClusterSample) => manyChannels.perSecond,
} as const

/** The name of such a figure. */
export type ClusterFigure = keyof typeof figures

const MANY_CHANNELS = 100
const SUBSCRIBERS = 1_500
const CLIENTS = 3_000
const QUICK_CLIENTS = 600

type Round = Map<ClusterContestant, ClusterSample>

/** Runs the part. @throws Error when a contestant fails, or redis-server is not there */
export function runCluster(options: Options): Promise<ClusterReport> {
  const contestants = clusterContestants.filter((name) => !options.peersOnly || name !== 'nowcast')
  const clients = options.quick ? QUICK_CLIENTS : CLIENTS
  return withDatabase(async (databaseUrl) => {
    const rounds: Round[] = []
    for (let round = 0; round < options.rounds; round += 1) {
      const samples: Round = new Map()
      for (const contestant of inTurn(contestants, round)) {
        tell(`cluster: round ${round + 1} of ${options.rounds}, ${contestant}`)
        const measured = (stage: ClusterStage) => measure(stage, options.seconds, clients)
        samples.set(contestant, await onCluster(contestant, databaseUrl, options.profile, measured))
      }
      rounds.push(samples)
    }
    return {
      subscribers: SUBSCRIBERS,
      clients,
      seconds: options.seconds,
      results: contestants.map((contestant) => summarize(contestant, rounds)),
      ratios: options.peersOnly ? [] : ratios(rounds),
      presence: await runPresence(options, databaseUrl),
    }
  })
}

async function measure(stage: ClusterStage, seconds: number, clients: number): Promise<ClusterSample> {
  return {
    oneChannel: await measureThroughput(stage, 1, seconds),
    manyChannels: await measureThroughput(stage, MANY_CHANNELS, seconds),
    hop: await measureHop(stage, seconds),
    deliveries: await measureDeliveries(stage, SUBSCRIBERS, seconds),
    // Last: it costs a node.
    storm: await measureStorm(stage, clients),
  }
}

function summarize(contestant: ClusterContestant, rounds: readonly Round[]): ClusterResult {
  const samples = rounds.flatMap((round) => round.get(contestant) ?? [])
  return {
    contestant,
    rounds: samples,
    median: {
      oneChannel: medians(samples.map(({ oneChannel }) => oneChannel)),
      manyChannels: medians(samples.map(({ manyChannels }) => manyChannels)),
      hop: medians(samples.map(({ hop }) => hop)),
      deliveries: medians(samples.map(({ deliveries }) => deliveries)),
      storm: medians(samples.map(({ storm }) => storm)),
    },
  }
}

function ratios(rounds: readonly Round[]): ClusterRatio[] {
  return clusterContestants
    .filter((versus) => versus !== 'nowcast')
    .flatMap((versus) => {
      const ratioOf = (figure: ClusterFigure): ClusterRatio => {
        const perRound = rounds.flatMap((round) => {
          const own = round.get('nowcast')
          const other = round.get(versus)
          if (own === undefined || other === undefined) return []
          return figures[figure](own) / figures[figure](other)
        })
        return { figure, versus, median: median(perRound), rounds: perRound }
      }
      return [
        ratioOf('CPU per delivery, with Redis'),
        ratioOf('CPU per remote publication'),
        ratioOf('publications/s, 1 channel'),
        ratioOf('publications/s, 100 channels'),
      ]
    })
}
