// Every place has an address, and an address that was meddled with leads to what is left of it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOf, type Panel, type Place, placeOf } from './place.ts'

const offset = fc.integer({ min: 1, max: 1e12 })
const panel = fc.oneof(
  fc.constant<Panel>({ kind: 'members' }),
  fc.constant<Panel>({ kind: 'pinned' }),
  fc
    .record({ root: offset, reply: offset }, { requiredKeys: ['root'] })
    .map((thread): Panel => ({ kind: 'thread', ...thread })),
)
const place = fc.record(
  { conversation: fc.string({ minLength: 1, unit: 'grapheme' }), message: offset, panel },
  { requiredKeys: ['conversation'] },
)

describe('addresses', () => {
  test('lead back to their place', () => {
    fc.assert(
      fc.property(place, (one: Place) => {
        expect(placeOf(addressOf(one))).toEqual(one)
      }),
    )
  })

  test.each([
    ['#/c/general', { conversation: 'general' }],
    ['#/c/general/12', { conversation: 'general', message: 12 }],
    ['#/c/general/12/pinned', { conversation: 'general', message: 12, panel: { kind: 'pinned' } }],
    ['#/c/general/thread/3/9', { conversation: 'general', panel: { kind: 'thread', root: 3, reply: 9 } }],
    ['#/c/general/thread/x', { conversation: 'general' }],
    ['#/c/general/0', { conversation: 'general' }],
    ['#/c/%E0%A4%A', undefined],
    ['#/c/', undefined],
    ['#/', undefined],
  ])('%s', (address, expected) => expect(placeOf(address)).toEqual(expected))
})
