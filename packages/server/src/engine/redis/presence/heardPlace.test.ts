// What a node hears of a channel passes once and in order, or the node is told that some of it was missed.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PresenceChange } from '../../presence.ts'
import { HeardPlace } from './heardPlace.ts'

const change = (offset: number): PresenceChange => ({
  offset,
  type: 'joined',
  user: `u${offset}`,
  info: null,
})
const changes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => change(from + index))
const at = (offset: number, epoch = 'one') => ({ epoch, offset })

describe('the place up to which changes were heard', () => {
  it('lets new changes pass once', () => {
    const place = new HeardPlace()
    expect(place.compare(at(2), false)).toBe(false)
    expect(place.hear('one', changes(1, 4))).toEqual(changes(3, 4))
    expect(place.hear('one', changes(3, 4))).toEqual([])
  })

  it('tells of a hole and of a new epoch, and goes on behind it', () => {
    const place = new HeardPlace()
    place.hear('one', changes(1, 2))
    expect(place.hear('one', changes(4, 5))).toBe('missed')
    expect(place.hear('one', changes(6, 6))).toEqual(changes(6, 6))
    expect(place.hear('two', changes(1, 1))).toBe('missed')
    expect(place.hear('two', changes(2, 2))).toEqual(changes(2, 2))
  })

  it('waits one comparison for what may be on its way, and none for what was surely lost', () => {
    const place = new HeardPlace()
    place.compare(at(0), false)
    expect(place.compare(at(2), false)).toBe(false)
    place.hear('one', changes(1, 2))
    expect(place.compare(at(3), false)).toBe(false)
    expect(place.compare(at(4), false)).toBe(true)
    expect(place.compare(at(5), true)).toBe(true)
    expect(place.hear('one', changes(5, 6))).toEqual(changes(6, 6))
  })

  it('never passes a change twice or over a hole in silence, whatever messages are lost', () => {
    const message = fc.record({
      size: fc.integer({ min: 1, max: 3 }),
      lost: fc.boolean(),
      compared: fc.constantFrom('never', 'later', 'lossy'),
    })
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const place = new HeardPlace()
        place.compare(at(0), false)
        let head = 0
        let expected = 1
        for (const { size, lost, compared } of messages) {
          const sent = changes(head + 1, head + size)
          head += size
          const heard = lost ? [] : place.hear('one', sent)
          if (heard === 'missed') expected = head + 1
          else for (const { offset } of heard) expect(offset).toBe(expected++)
          if (compared !== 'never' && place.compare(at(head), compared === 'lossy')) expected = head + 1
        }
        const moved = [place.compare(at(head), false), place.compare(at(head), false)].some(Boolean)
        expect(moved).toBe(expected <= head)
      }),
    )
  })
})
