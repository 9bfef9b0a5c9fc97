// 1,000 members over three nodes: Nowcast's presence at its engine, and what Socket.IO has instead. Contestants take turns
// within a round.

import type { Options } from '../../../options.ts'
import { type ClusterContestant, clusterContestants, onCluster } from '../../../processes/clusterStage.ts'
import { onPresence, type PresenceStage } from '../../../processes/presenceStage.ts'
import { medians } from '../../../statistics.ts'
import { tell } from '../../progress.ts'
import { inTurn } from '../../turns.ts'
import { type ChangesSample, measureChanges } from './changes.ts'
import { type DeathSample, measureDeath } from './death.ts'
import { MEMBERS } from './engines.ts'
import { type EnteringSample, measureEntering } from './entering.ts'
import { measureFetches, measureSnapshots, type ReadingSample } from './reading.ts'

/** Nowcast's presence in one round. */
export interface PresenceSample {
  readonly entering: EnteringSample
  readonly changes: ChangesSample
  readonly death: DeathSample
}

/** Nowcast's presence over all rounds. */
export interface PresenceResult {
  readonly median: PresenceSample
  readonly rounds: readonly PresenceSample[]
}

/** How one contestant reads who is there, over all rounds. */
export interface ReadingResult {
  readonly contestant: ClusterContestant
  readonly median: ReadingSample
  readonly rounds: readonly ReadingSample[]
}

/** The report. */
export interface PresenceReport {
  readonly members: number
  /** How often a user came and went, and how often everybody was read. */
  readonly times: number
  readonly leaseMs: number
  /** Absent when Nowcast is left out. */
  readonly nowcast?: PresenceResult
  readonly readings: readonly ReadingResult[]
}

/** Shorter than a node's own, so that a death does not take long. */
const LEASE_MS = 2_000
const TIMES = 200
const QUICK_TIMES = 50

/** Measures. @throws Error when a contestant fails, or a node misses a change */
export async function runPresence(options: Options, databaseUrl: string): Promise<PresenceReport> {
  const { rounds, profile, peersOnly, quick } = options
  const times = quick ? QUICK_TIMES : TIMES
  const contestants = clusterContestants.filter((name) => !peersOnly || name !== 'nowcast')
  const own: PresenceSample[] = []
  const readings = new Map<ClusterContestant, ReadingSample[]>(contestants.map((name) => [name, []]))
  const measure = async (contestant: ClusterContestant): Promise<ReadingSample> => {
    if (contestant !== 'nowcast')
      return onCluster(contestant, databaseUrl, profile, (stage) => measureFetches(stage, times))
    const { reading, sample } = await onPresence(LEASE_MS, profile, (stage) => measureOwn(stage, times))
    own.push(sample)
    return reading
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of inTurn(contestants, round)) {
      tell(`cluster: presence, round ${round + 1} of ${rounds}, ${contestant}`)
      readings.get(contestant)?.push(await measure(contestant))
    }
  }
  return {
    members: MEMBERS,
    times,
    leaseMs: LEASE_MS,
    ...(own.length === 0 ? {} : { nowcast: summarize(own) }),
    readings: [...readings].map(([contestant, samples]) => ({
      contestant,
      median: medians(samples),
      rounds: samples,
    })),
  }
}

async function measureOwn(
  stage: PresenceStage,
  times: number,
): Promise<{ readonly sample: PresenceSample; readonly reading: ReadingSample }> {
  const entering = await measureEntering(stage)
  const changes = await measureChanges(stage, times)
  const reading = await measureSnapshots(stage, times)
  // Last: it costs a node.
  const death = await measureDeath(stage)
  return { sample: { entering, changes, death }, reading }
}

function summarize(samples: readonly PresenceSample[]): PresenceResult {
  return {
    rounds: samples,
    median: {
      entering: medians(samples.map(({ entering }) => entering)),
      changes: medians(samples.map(({ changes }) => changes)),
      death: medians(samples.map(({ death }) => death)),
    },
  }
}
