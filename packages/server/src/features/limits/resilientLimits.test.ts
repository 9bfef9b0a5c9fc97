// Limits hold without the engine too, as this node alone counts.
import { NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import type { LimitOutcome, Limits } from '../../engine/limits.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { ResilientLimits } from './resilientLimits.ts'

const WINDOW = { count: 3, windowMs: 60_000 }

it('counts a unit once that the engine has no answer for, and fails for late', async () => {
  const clock = new SimulatedClock()
  const shared: Limits = {
    take: () =>
      new Promise<LimitOutcome>((_, reject) => {
        clock.after(2_000, () => reject(new NowcastError('unavailable', 'Out of reach.')))
      }),
  }
  const limits = new ResilientLimits(shared, clock)
  const outcomes: boolean[] = []
  for (let count = 0; count < 5; count += 1) {
    const taken = limits.take('key', WINDOW)
    await clock.advance(1_000)
    outcomes.push((await taken).allowed)
    await clock.advance(1_000)
  }
  expect(outcomes).toEqual([true, true, true, false, false])
})
