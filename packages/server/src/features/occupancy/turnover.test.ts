// What is told of comings and goings adds up, and those who come back in time are never told gone.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { Turnover } from './turnover.ts'

const LINGER_MS = 3_000

function follow() {
  const clock = new SimulatedClock()
  const told: string[] = []
  const turnover = new Turnover(clock, {
    came: (name, since) => told.push(`+${name}@${since}`),
    went: (name, since) => told.push(`-${name}@${since}`),
  })
  return { clock, told, turnover }
}

it('tells a coming at once and a going when nobody came back within the time', async () => {
  const { clock, told, turnover } = follow()
  turnover.begin('eve')
  turnover.appeared('ada', 1)
  turnover.appeared('ada', 2)
  expect(told).toEqual(['+ada@1'])
  turnover.disappeared('ada', 2, LINGER_MS)
  turnover.disappeared('eve', 7, LINGER_MS)
  await clock.advance(LINGER_MS - 1)
  turnover.appeared('ada', 3)
  await clock.advance(LINGER_MS)
  expect(told).toEqual(['+ada@1', '-eve@7'])
  turnover.disappeared('ada', 3, LINGER_MS)
  turnover.appeared('bob', 9)
  turnover.end(() => 9)
  await clock.advance(LINGER_MS)
  expect(told.slice(2)).toEqual(['+bob@9', '-ada@3', '-bob@9'])
})

it('never tells the same twice in a row, and in the end what is', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('appeared' as const, 'disappeared' as const), who: fc.nat(3) }),
    fc.record({ kind: fc.constant('pass' as const), who: fc.nat(4_000) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, told, turnover } = follow()
      const there = new Set<string>()
      for (const { kind, who } of steps) {
        const name = `user-${who}`
        if (kind === 'pass') await clock.advance(who)
        else if (kind === 'appeared') {
          there.add(name)
          turnover.appeared(name, 0)
        } else if (there.delete(name)) turnover.disappeared(name, 0, LINGER_MS)
      }
      await clock.advance(LINGER_MS)
      const known = new Set<string>()
      for (const news of told) {
        const name = news.slice(1, -2)
        if (news.startsWith('+')) {
          expect(known.has(name)).toBe(false)
          known.add(name)
        } else expect(known.delete(name)).toBe(true)
      }
      expect([...known].sort()).toEqual([...there].sort())
      expect([...turnover.names()].sort()).toEqual([...there].sort())
    }),
    { numRuns: 300 },
  )
})
