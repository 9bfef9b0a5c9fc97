import { describe, expect, test } from 'vitest'
import { listOf } from './listOf.ts'

describe('a list of names', () => {
  test.each([
    [[], ''],
    [['Ada'], 'Ada'],
    [['Ada', 'you'], 'Ada and you'],
    [['Ada', 'Grace', 'you'], 'Ada, Grace and you'],
  ])('%j', (names, text) => expect(listOf(names)).toBe(text))

  test('names the first of many', () => {
    const names = Array.from({ length: 11 }, (_, index) => `p${index}`)
    expect(listOf(names)).toBe('p0, p1, p2, p3, p4, p5, p6, p7 and 3 others')
  })
})
