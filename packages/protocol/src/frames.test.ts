// Frames survive any content, and nothing that is not a frame is taken for one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NowcastError } from './errors.ts'
import { decodeFrame, encodeFrame } from './frames.ts'
import { withinDepth } from './json.ts'

const BOUNDS = { objects: 50, depth: 40 }

describe('frames', () => {
  it('carry any JSON objects unchanged', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6 })), { maxLength: 50 })
    fc.assert(
      fc.property(objects, (sent) => {
        expect(decodeFrame(encodeFrame(sent), BOUNDS)).toEqual(JSON.parse(JSON.stringify(sent)))
      }),
    )
  })

  it('of any other text are refused with a code, never with another error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          for (const object of decodeFrame(text, BOUNDS)) expect(typeof object).toBe('object')
        } catch (error) {
          expect(error).toBeInstanceOf(NowcastError)
        }
      }),
    )
  })

  it('hold at most as many objects as agreed', () => {
    expect(() => decodeFrame('{}\n{}\n{}', { objects: 2, depth: 5 })).toThrow('at most 2')
    expect(decodeFrame('{}\n\n{}\n', { objects: 2, depth: 5 })).toHaveLength(2)
  })

  it('are nested at most as deep as agreed', () => {
    expect(withinDepth([[[]]], 3)).toBe(true)
    expect(withinDepth([[[[]]]], 3)).toBe(false)
    expect(() => decodeFrame('{"a":{"b":{}}}', { objects: 1, depth: 2 })).toThrow('at most 2 levels')
  })
})
