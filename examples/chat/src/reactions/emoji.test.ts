// Emoji are found by the beginnings of their words, and each is listed once.
import { describe, expect, test } from 'vitest'
import { EMOJI_GROUPS, emojiName, findEmoji } from './emoji.ts'

const found = (text: string) => findEmoji(text).flatMap(({ emoji }) => emoji.map((one) => one.emoji))

describe('emoji', () => {
  test('are found by the beginning of any word, in any order', () => {
    expect(found('up thu')).toEqual(['👍'])
    expect(found('CELEB')).toEqual(['🥳', '🎉'])
    expect(found('nothing like it')).toEqual([])
  })

  test('are all there when nothing is asked for, each once', () => {
    const all = found('  ')
    expect(findEmoji('')).toBe(EMOJI_GROUPS)
    expect(new Set(all).size).toBe(all.length)
  })

  test('have a name to be read out', () => {
    expect(emojiName('🚀')).toBe('rocket')
    expect(emojiName('🦆')).toBe('🦆')
  })
})
