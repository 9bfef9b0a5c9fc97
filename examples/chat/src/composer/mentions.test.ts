// People are found while their names are typed, and named once they stand in the text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { complete, namedIn, splitNames, suggestions, typedName } from './mentions.ts'

const ADA = { id: 'ada', name: 'Ada Lovelace' }
const ADAM = { id: 'adam', name: 'Adam' }
const GRACE = { id: 'g-hopper', name: 'Grace Hopper' }
const ALL = [GRACE, ADAM, ADA]

describe('typing a name', () => {
  test.each([
    ['@', { from: 0, query: '' }],
    ['hi @gr', { from: 3, query: 'gr' }],
    ['(@Grace H', { from: 1, query: 'Grace H' }],
    ['ada@example.org', undefined],
    ['@grace is here', undefined],
    ['nobody', undefined],
  ])('%s', (text, expected) => expect(typedName(text, text.length)).toEqual(expected))

  test('suggests by name, word and id, beginnings of names first', () => {
    expect(suggestions('a', ALL)).toEqual([ADAM, ADA])
    expect(suggestions('hop', ALL)).toEqual([GRACE])
    expect(suggestions('G-H', ALL)).toEqual([GRACE])
    expect(suggestions('x', ALL)).toEqual([])
  })

  test('puts the whole name in its place', () => {
    const typed = { from: 3, query: 'gr' }
    expect(complete('hi @gr and all', 6, typed, GRACE)).toEqual({
      text: 'hi @Grace Hopper and all',
      caret: 17,
    })
  })
})

describe('a text with names', () => {
  test('names whole names only, the longer of two', () => {
    expect(namedIn('@Ada Lovelace, @adam: see @Adams and x@Adam', ALL)).toEqual(['ada', 'adam'])
    expect(namedIn('@g-hopper!', ALL)).toEqual(['g-hopper'])
  })

  test('keeps every character', () => {
    const piece = fc.constantFrom('@', 'Ada', ' ', 'Lovelace', 'adam', 'g-hopper', '\n', '🎉')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        const parts = splitNames(text, ALL)
        expect(parts.map((part) => part.text).join('')).toBe(text)
        expect(parts.every((part) => text.startsWith(part.text, part.at))).toBe(true)
      }),
    )
  })
})
