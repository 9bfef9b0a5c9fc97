import fc from 'fast-check'
import { expect, it } from 'vitest'
import { IncomingFrames } from './incomingFrames.ts'

it('gives each frame once and in order, however they overtake one another and are repeated', () => {
  const course = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 200 }))
    .map(([count, jumps]) => {
      // Each is sent up to 15 places too late, and some twice.
      const sent = Array.from({ length: count }, (_, index) => ({
        n: index + 1,
        at: index + (jumps[index % jumps.length] ?? 0),
      }))
      const repeated = sent
        .filter(({ n }) => jumps[n % jumps.length] === 3)
        .map(({ n, at }) => ({ n, at: at + 1 }))
      return {
        count,
        numbers: [...sent, ...repeated].sort((one, other) => one.at - other.at).map(({ n }) => n),
      }
    })
  fc.assert(
    fc.property(course, ({ count, numbers }) => {
      const delivered: string[] = []
      const frames = new IncomingFrames((text) => delivered.push(text))
      for (const number of numbers) frames.accept(number, String(number))
      expect(delivered).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)))
    }),
  )
})

it('refuses one before which too many are missing', () => {
  const frames = new IncomingFrames(() => {})
  expect(() => frames.accept(18, '')).toThrow('must come first')
  frames.accept(17, '')
})
