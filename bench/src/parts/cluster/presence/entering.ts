// Everybody enters at once, spread evenly over the nodes.
import type { PresenceStage } from '../../../processes/presenceStage.ts'
import { medians } from '../../../statistics.ts'
import { allReach, everybody, MEMBERS, presenceCostOf } from './engines.ts'

/** Everybody enters. */
export interface EnteringSample {
  /** From the first enter until every node has seen everybody. */
  readonly allMs: number
  readonly redisMicros: number
  /** CPU time of all nodes per enter: of the one that enters, and of all that hear of it. */
  readonly nodesMicros: number
}

/** The first time is not measured. */
const TIMES = 6

/** Measures; everybody is there afterwards. */
export async function measureEntering(stage: PresenceStage): Promise<EnteringSample> {
  await enterAll(stage)
  const samples: EnteringSample[] = []
  while (samples.length < TIMES - 1) {
    await everybody(stage, 'leave')
    await allReach(stage.nodes, 0)
    samples.push(await enterAll(stage))
  }
  return medians(samples)
}

async function enterAll(stage: PresenceStage): Promise<EnteringSample> {
  const { result: micros, costs } = await presenceCostOf(stage, async () => {
    const startedAt = await everybody(stage, 'enter')
    return (await allReach(stage.nodes, MEMBERS)) - startedAt
  })
  return { allMs: micros / 1e3, redisMicros: costs.redis / MEMBERS, nodesMicros: costs.nodes / MEMBERS }
}
