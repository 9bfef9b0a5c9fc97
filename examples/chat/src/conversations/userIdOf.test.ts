// A typed text names a person by id, by a known name, or by the id that a development server would give.
import { describe, expect, test } from 'vitest'
import { matching, userIdOf } from './userIdOf.ts'

const known = [
  { id: 'u-17', name: 'Grace Hopper' },
  { id: 'ada-lovelace', name: 'Ada Lovelace' },
]

describe('userIdOf', () => {
  test.each([
    ['grace hopper', 'u-17'],
    ['@ada-lovelace', 'ada-lovelace'],
    ['Alan Turing', 'alan-turing'],
    ['Åsa  Öberg', 'asa-oberg'],
    ['User42', 'user42'],
    ['u-17', 'u-17'],
    ['Юля', '.D1.8E.D0.BB.D1.8F'],
    ['   ', undefined],
  ])('%s → %s', (text, id) => expect(userIdOf(text, known)).toBe(id))
})

test('matching looks at names and ids', () => {
  expect(matching('u-1', known)).toEqual([known[0]])
  expect(matching('LOVE', known)).toEqual([known[1]])
})
