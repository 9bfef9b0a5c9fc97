// One more user comes and goes, a change at a time, while everybody else is there.
import { Latencies } from '../../../load/latencies.ts'
import type { HeardChange } from '../../../processes/contracts.ts'
import type { PresenceStage } from '../../../processes/presenceStage.ts'
import { allReach, CALL_MS, MEMBERS, presenceCostOf } from './engines.ts'

/** Single changes. */
export interface ChangesSample {
  /** From the call on one node until both others have heard of it. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly redisMicros: number
  /** CPU time of all nodes per change. */
  readonly nodesMicros: number
}

const USER = 'guest'
const WARM_UP_TIMES = 20
/** Long enough that one change is over before the next, short enough that little else costs CPU meanwhile. */
const PAUSE_MS = 4

/** Measures; the user is gone afterwards. @throws Error when a node does not hear each change once and in order */
export async function measureChanges(stage: PresenceStage, times: number): Promise<ChangesSample> {
  const { first, others, nodes } = stage
  const run = (count: number) =>
    first.call('comeAndGo', CALL_MS, { user: USER, times: count, pauseMs: PAUSE_MS })
  await run(WARM_UP_TIMES)
  await allReach(nodes, MEMBERS)
  await Promise.all(others.map((node) => node.call('watch', CALL_MS, { user: USER })))
  const { result, costs } = await presenceCostOf(stage, async () => {
    const { startedMicros } = await run(times)
    await allReach(nodes, MEMBERS)
    return startedMicros
  })
  const heard = await Promise.all(others.map((node) => node.call('heard', CALL_MS)))
  for (const changes of heard) requireAll(changes, result.length)
  const latencies = new Latencies()
  for (const [index, startedAt] of result.entries()) {
    latencies.add(Math.max(...heard.map((changes) => changes[index]?.atMicros ?? 0)) - startedAt)
  }
  const { p50, p99 } = latencies.summary()
  return {
    p50Ms: p50,
    p99Ms: p99,
    redisMicros: costs.redis / result.length,
    nodesMicros: costs.nodes / result.length,
  }
}

function requireAll(changes: readonly HeardChange[], expected: number): void {
  const inOrder = changes.every(({ type }, index) => type === (index % 2 === 0 ? 'joined' : 'left'))
  if (changes.length !== expected || !inOrder)
    throw new Error(`a node heard ${changes.length} changes instead of ${expected}, or not in order`)
}
