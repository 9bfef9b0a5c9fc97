// What was searched for is marked, whatever characters it has, and is in view.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { excerptOf, highlight } from './excerpt.ts'

describe('highlight', () => {
  test('marks every occurrence without regard to case', () => {
    expect(highlight('Rain, then rain', 'rain')).toEqual([
      { at: 0, text: 'Rain', hit: true },
      { at: 4, text: ', then ', hit: false },
      { at: 11, text: 'rain', hit: true },
    ])
  })

  test('keeps every character for any query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, query) => {
        expect(
          highlight(text, query)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})

describe('excerptOf', () => {
  test('begins shortly before a late occurrence', () => {
    const excerpt = excerptOf(`${'word '.repeat(60)}needle and more`, 'needle')
    expect(excerpt.startsWith('…')).toBe(true)
    expect(excerpt.indexOf('needle')).toBeLessThan(50)
  })

  test('is one line', () => expect(excerptOf('a\n\nb', 'b')).toBe('a b'))
})
