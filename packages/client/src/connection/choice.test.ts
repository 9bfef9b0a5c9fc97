import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TransportChoice } from './choice.ts'

/** What is tried while everything fails, round by round. */
function rounds(choice: TransportChoice, count: number): string[][] {
  return Array.from({ length: count }, () => {
    choice.beginRound()
    const tried = [choice.current as string]
    while (choice.fail()) tried.push(choice.current)
    return tried
  })
}

describe('the choice of a transport', () => {
  it('is all of them in order until one has worked', () => {
    const all = ['websocket', 'stream', 'polling']
    expect(rounds(new TransportChoice(), 3)).toEqual([all, all, all])
  })

  it('is the one that worked alone at first, and then all others after it', () => {
    const choice = new TransportChoice()
    choice.fail()
    choice.prefer(choice.current)
    const all = ['stream', 'polling', 'websocket']
    expect([choice.current, choice.better]).toEqual(['stream', ['websocket']])
    expect(rounds(choice, 3)).toEqual([['stream'], all, all])
  })

  it('is what was found to work, alone at first', () => {
    const choice = new TransportChoice(['websocket', 'polling'])
    choice.fail()
    choice.prefer(choice.current)
    choice.prefer('websocket')
    expect(choice.better).toEqual([])
    expect(rounds(choice, 2)).toEqual([['websocket'], ['websocket', 'polling']])
  })

  it('must be a choice', () => {
    expect(() => new TransportChoice([])).toThrow('at least one')
  })

  it('tries everything in two rounds, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (course) => {
        const choice = new TransportChoice()
        for (const works of course) {
          if (works) choice.prefer(choice.current)
          else choice.fail()
        }
        const tried = rounds(choice, 2).flat()
        expect(new Set(tried)).toEqual(new Set(['websocket', 'stream', 'polling']))
      }),
    )
  })
})
