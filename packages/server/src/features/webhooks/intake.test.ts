// What is to be queued keeps its order at its place, waits while the engine is out of reach, and does not grow without end.
import { NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { Intake } from './intake.ts'

function build() {
  const clock = new SimulatedClock()
  const intake = new Intake(clock, createLogger('silent'))
  const done: string[] = []
  const state = { reachable: true }
  const step =
    (name: string, goesOn = true) =>
    async () => {
      if (!state.reachable) throw new NowcastError('unavailable', 'Out of reach.')
      done.push(name)
      return goesOn
    }
  return { clock, intake, done, state, step }
}

it('does everything in order, and nothing after a step that says so', async () => {
  const { clock, intake, done, step } = build()
  intake.add(1, [step('a1'), step('a2')])
  intake.add(1, [step('b1', false), step('b2')])
  intake.add(1, [step('c1')])
  await clock.advance(0)
  await clock.advance(0)
  expect(done).toEqual(['a1', 'a2', 'b1', 'c1'])
  expect(intake.counts).toEqual({ waiting: 0, dropped: 0 })
})

it('forgets nothing, in whichever moment it comes', async () => {
  for (let ticks = 0; ticks < 20; ticks += 1) {
    const { clock, intake, done, step } = build()
    intake.add(1, [step('first')])
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    intake.add(1, [step('second')])
    for (let round = 0; round < 5; round += 1) await clock.advance(0)
    expect([ticks, ...done]).toEqual([ticks, 'first', 'second'])
    expect(intake.counts.waiting).toBe(0)
  }
})

it('goes on where it was when the engine is back, repeating nothing that was done', async () => {
  const { clock, intake, done, state, step } = build()
  const breaks = async () => {
    state.reachable = false
    return step('never')()
  }
  let broken = true
  intake.add(1, [step('a1'), () => (broken ? breaks() : step('a2')())])
  intake.add(1, [step('b1')])
  await clock.advance(3_000)
  expect(done).toEqual(['a1'])
  expect(intake.counts.waiting).toBe(2)
  intake.add(1, [step('c1')])
  broken = false
  state.reachable = true
  await clock.advance(1_000)
  await clock.advance(0)
  expect(done).toEqual(['a1', 'a2', 'b1', 'c1'])
})

it('lets the oldest go over its bound, and says so', async () => {
  const { clock, intake, done, state, step } = build()
  state.reachable = false
  for (let index = 0; index < 1_200; index += 1) intake.add(1, [step(`s${index}`)])
  await clock.advance(500)
  expect(intake.counts).toEqual({ waiting: 1_000, dropped: 200 })
  state.reachable = true
  await clock.advance(1_000)
  for (let round = 0; round < 1_000; round += 1) await clock.advance(0)
  expect([done.length, done[0], done.at(-1)]).toEqual([1_000, 's200', 's1199'])
})

it('what is no failure of the moment is given up, and holds nothing back', async () => {
  const { clock, intake, done, step } = build()
  intake.add(1, [() => Promise.reject(new Error('a mistake')), step('never')])
  intake.add(1, [step('next')])
  await clock.advance(0)
  await clock.advance(0)
  expect(done).toEqual(['next'])
  expect(intake.counts).toEqual({ waiting: 0, dropped: 1 })
})

it('tries what waits once more when it is stopped', async () => {
  const { clock, intake, done, state, step } = build()
  state.reachable = false
  intake.add(1, [step('kept')])
  intake.add(2, [step('kept too')])
  await clock.advance(100)
  state.reachable = true
  await intake.stop()
  intake.add(1, [step('late')])
  await clock.advance(5_000)
  expect(done).toEqual(['kept', 'kept too'])
})
