// A text arrives whole, in whatever order its pieces are repeated.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { join, partsOf } from './joining.ts'

it('adds what is new of a piece, and nothing twice', () => {
  expect(join('abc', 3, 'de')).toBe('abcde')
  expect(join('abc', 1, 'bcde')).toBe('abcde')
  expect(join('abc', 0, 'ab')).toBe('abc')
  expect(join('abc', 3, '')).toBe('abc')
})

it('refuses a hole and a contradiction', () => {
  expect(join('abc', 4, 'x')).toBeUndefined()
  expect(join('abc', 1, 'xy')).toBeUndefined()
  expect(join('abc', 1, 'bx')).toBeUndefined()
})

it('makes of overlapping pieces the text that they were cut from', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.tuple(fc.nat(60), fc.nat(60))), (whole, cuts) => {
      let text = ''
      for (const [from, length] of cuts) {
        const at = Math.min(from, whole.length)
        const piece = whole.slice(at, at + length)
        const joined = join(text, at, piece)
        expect(joined === undefined).toBe(at > text.length)
        text = joined ?? text
        expect(whole.startsWith(text)).toBe(true)
      }
      expect(join(text, 0, whole)).toBe(whole)
    }),
  )
})

it('cuts a text into parts of whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 9 }), (text, size) => {
      const parts = partsOf(text, size)
      expect(parts.join('')).toBe(text)
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0)
        expect(part.length).toBeLessThanOrEqual(size)
        expect(/\p{Surrogate}/u.test(part)).toBe(false)
      }
    }),
  )
})
