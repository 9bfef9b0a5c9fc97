// A rate of one connection, in windows that slide.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RateWindow } from './rateWindow.ts'

it('never lets more pass within any window, and refuses nothing else', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (delays, count) => {
      const window = new RateWindow()
      const passed: number[] = []
      let now = 0
      for (const delay of delays) {
        now += delay
        const recent = passed.filter((at) => at > now - 1_000).length
        const isTaken = window.take({ count, windowMs: 1_000 }, now)
        expect(isTaken).toBe(recent < count)
        if (isTaken) passed.push(now)
      }
    }),
  )
})
