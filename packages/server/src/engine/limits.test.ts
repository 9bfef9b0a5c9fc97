// Sliding windows, as every engine promises them.
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { overEveryEngine, simulatedMemory } from '../testing/everyEngine.ts'

const WINDOW = { count: 3, windowMs: 60_000 }
const SHORT = { count: 2, windowMs: 300 }

overEveryEngine((subject) => {
  const take = (...parameters: Parameters<ReturnType<typeof subject>['engine']['limits']['take']>) =>
    subject().engine.limits.take(...parameters)

  it('allows so many in a window, and says how many are left', async () => {
    for (const remaining of [2, 1, 0]) expect(await take('ada', WINDOW)).toEqual({ allowed: true, remaining })
    const refused = await take('ada', WINDOW)
    expect(refused).toEqual({ allowed: false, retryAfterMs: expect.any(Number) })
    if (refused.allowed) throw new Error('unreachable')
    expect(refused.retryAfterMs).toBeGreaterThan(55_000)
    expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(await take('grace', WINDOW)).toEqual({ allowed: true, remaining: 2 })
  })

  it('does not count what it refuses, and takes all units of an attempt or none', async () => {
    expect(await take('ada', WINDOW, 2)).toEqual({ allowed: true, remaining: 1 })
    expect(await take('ada', WINDOW, 2)).toMatchObject({ allowed: false })
    expect(await take('ada', WINDOW, 1)).toEqual({ allowed: true, remaining: 0 })
    expect(await take('grace', WINDOW, 4)).toMatchObject({ allowed: false })
    expect(await take('grace', WINDOW, 0)).toEqual({ allowed: true, remaining: 3 })
  })

  it('frees units when their window has passed, as foretold', async () => {
    await take('ada', SHORT, 2)
    const refused = await take('ada', SHORT)
    if (refused.allowed) throw new Error('unreachable')
    await subject().pass(refused.retryAfterMs)
    await vi.waitFor(async () => expect(await take('ada', SHORT)).toEqual({ allowed: true, remaining: 1 }), {
      timeout: 5_000,
      interval: 5,
    })
  })
})

describe('the memory engine', () => {
  it('never allows more than the count in any window, and never refuses without reason', async () => {
    const attempt = fc.record({ waitMs: fc.nat(400), cost: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 60 }), async (attempts) => {
        const { engine, pass } = simulatedMemory()
        const window = { count: 4, windowMs: 1_000 }
        const taken: { readonly at: number; readonly cost: number }[] = []
        let now = 0
        for (const { waitMs, cost } of attempts) {
          await pass(waitMs)
          now += waitMs
          const usedAt = (moment: number) =>
            taken.reduce((sum, { at, cost }) => sum + (at + window.windowMs > moment ? cost : 0), 0)
          const outcome = await engine.limits.take('key', window, cost)
          expect(outcome.allowed).toBe(usedAt(now) + cost <= window.count)
          if (outcome.allowed) taken.push({ at: now, cost })
          else expect(usedAt(now + outcome.retryAfterMs) + cost).toBeLessThanOrEqual(window.count)
        }
      }),
    )
  })

  it('forgets the windows that were used longest ago when there are too many', async () => {
    const { engine } = simulatedMemory({ maxLimits: 2 })
    const once = { count: 1, windowMs: 1_000 }
    for (const key of ['a', 'b', 'c']) await engine.limits.take(key, once)
    expect(await engine.limits.take('c', once)).toMatchObject({ allowed: false })
    expect(await engine.limits.take('a', once)).toMatchObject({ allowed: true })
  })
})
