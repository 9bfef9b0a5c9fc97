// A node dies, and the others let its members go when its lease ends.
import type { PresenceStage } from '../../../processes/presenceStage.ts'
import { monotonicMicros } from '../../../wire/benchEvent.ts'
import { allReach, MEMBERS } from './engines.ts'

/** One death. */
export interface DeathSample {
  /** From the death until every other node has seen all of its members leave. */
  readonly goneMs: number
}

/** Measures with everybody there; one node is dead afterwards. */
export async function measureDeath({ nodes }: PresenceStage): Promise<DeathSample> {
  const dying = nodes.at(-1)
  if (dying === undefined) throw new Error('somebody has to die')
  const survivors = nodes.filter((node) => node !== dying)
  const left = Math.ceil((MEMBERS * survivors.length) / nodes.length)
  const gone = allReach(survivors, left)
  const diedAt = monotonicMicros()
  const [goneAt] = await Promise.all([gone, dying.kill()])
  return { goneMs: (goneAt - diedAt) / 1e3 }
}
