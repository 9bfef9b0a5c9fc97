import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decode, encode } from './eventData.ts'

/** What Pusher's own libraries make of an event's text. */
function asPusherReads(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Compared as text: that there is no zero below zero is the one difference between JSON and JavaScript. */
const reading = (text: string) => JSON.stringify(asPusherReads(text))

const nearlyJson = fc
  .tuple(fc.json(), fc.string({ maxLength: 3 }), fc.boolean())
  .map(([json, more, before]) => (before ? more + json : json + more))
const number = fc.stringMatching(/^-?[1-9][0-9]{0,25}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,4})?$/)
const plain = fc.oneof(
  fc.json(),
  fc.string(),
  nearlyJson,
  number,
  number.map((digits) => `{"id":${digits}}`),
)
/** JSON within JSON within JSON, as backends that encode twice send it. */
const text = fc
  .tuple(plain, fc.nat({ max: 3 }))
  .map(([inner, times]) =>
    Array.from({ length: times }).reduce<string>((quoted) => JSON.stringify(quoted), inner),
  )

it('gives back text that means the same to every reader, whatever it was', () => {
  fc.assert(
    fc.property(text, (sent) => {
      expect(reading(encode(decode(sent)))).toBe(reading(sent))
    }),
    { numRuns: 2_000 },
  )
})

it('gives back the value that a native publisher sent', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnpairedSurrogates: true }), (value) => {
      const sent = JSON.parse(JSON.stringify(value))
      const read = asPusherReads(encode(sent))
      expect(read).toEqual(typeof sent === 'string' && asPusherReads(sent) !== sent ? read : sent)
      expect(decode(encode(sent))).toEqual(sent)
    }),
    { numRuns: 1_000 },
  )
})

it('gives native subscribers the value of JSON, and the text of all else', () => {
  expect(decode('{"some":"data"}')).toEqual({ some: 'data' })
  expect(decode(' [1, 2] ')).toEqual([1, 2])
  expect(decode('"quoted"')).toBe('quoted')
  expect(decode('12')).toBe(12)
  expect(decode('hello')).toBe('hello')
  expect(decode('')).toBe('')
  expect(decode('not {json}')).toBe('not {json}')
})

it('passes plain text on without quotes', () => {
  expect(encode('hello')).toBe('hello')
  expect(encode('12')).toBe('"12"')
  expect(encode({ some: 'data' })).toBe('{"some":"data"}')
})

it('keeps numbers to their last digit', () => {
  const text = '{"id":12345678901234567890,"name":"x"}'
  expect(decode(text)).toBe(text)
  expect(encode(decode(text))).toBe(text)
  expect(decode('{"id":"12345678901234567890"}')).toEqual({ id: '12345678901234567890' })
  expect(decode('1e400')).toBe('1e400')
})

it('keeps what is nested too deep for the native protocol as text', () => {
  const text = `${'['.repeat(33)}${']'.repeat(33)}`
  expect(decode(text)).toBe(text)
  expect(encode(decode(text))).toBe(text)
})
