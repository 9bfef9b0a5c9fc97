// Addresses become links without the punctuation around them; emoji alone are recognised.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEmojiOnly, splitLinks } from './text.ts'

describe('splitLinks', () => {
  test('leaves the punctuation of the sentence outside', () => {
    expect(splitLinks('See https://example.org/a, please.')).toEqual([
      { at: 0, text: 'See ' },
      { at: 4, text: 'https://example.org/a', href: 'https://example.org/a' },
      { at: 25, text: ', please.' },
    ])
  })

  test('makes no link of other schemes', () => {
    expect(splitLinks('javascript:alert(1) ftp://a.b').every(({ href }) => href === undefined)).toBe(true)
  })

  test('keeps every character', () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('https://a.b/', ' ', '.', 'x', ')')).map((p) => p.join('')),
    )
    fc.assert(
      fc.property(text, (value) => {
        expect(
          splitLinks(value)
            .map((part) => part.text)
            .join(''),
        ).toBe(value)
      }),
    )
  })
})

describe('isEmojiOnly', () => {
  test.each(['🎉', '👍🏽', '👩‍💻 🎉', '❤️'])('%s is', (text) => expect(isEmojiOnly(text)).toBe(true))
  test.each(['', '42', 'ok 🎉', '🎉🎉🎉🎉'])('%s is not', (text) => expect(isEmojiOnly(text)).toBe(false))
})
