import type { Member } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeMembers, replaceMembers } from './members.ts'

const member = fc.record(
  {
    id: fc.constantFrom('ada', 'bob', 'cyd', 'dee', 'eve', 'fay'),
    name: fc.constantFrom('Ada', 'ada', 'Bob', 'Zoë'),
    data: fc.constantFrom(1, 2, 'x', null),
  },
  { requiredKeys: ['id'] },
)
const members = fc.uniqueArray(member, { selector: ({ id }) => id })

const ids = (list: readonly Member[]) => list.map(({ id }) => id).sort()
const label = ({ name, id }: Member) => name ?? id

describe('the members of a channel', () => {
  it('are those of the newest snapshot, sorted, and the difference is told exactly', () => {
    fc.assert(
      fc.property(members, members, (earlier, later) => {
        const before = replaceMembers([], earlier).members
        const change = replaceMembers(before, later)
        expect(new Map(change.members.map((one) => [one.id, one]))).toEqual(
          new Map(later.map((one) => [one.id, one])),
        )
        for (const [index, one] of change.members.slice(1).entries()) {
          const previous = change.members[index] as Member
          const order = label(previous).localeCompare(label(one))
          expect(order < 0 || (order === 0 && previous.id < one.id)).toBe(true)
        }
        const known = new Set(ids(before))
        const now = new Set(ids(later))
        expect(ids(change.joined)).toEqual([...now].filter((id) => !known.has(id)).sort())
        expect(ids(change.left)).toEqual([...known].filter((id) => !now.has(id)).sort())
        for (const one of change.updated) {
          expect(before.find(({ id }) => id === one.id)).not.toEqual(one)
        }
        // Who is the same stays the same object.
        const touched = new Set(ids([...change.joined, ...change.updated]))
        for (const one of change.members) {
          if (!touched.has(one.id)) expect(before).toContain(one)
        }
        expect(replaceMembers(change.members, [...later].reverse()).members).toBe(change.members)
      }),
    )
  })

  it('are the same whether changes came one by one or as a whole', () => {
    fc.assert(
      fc.property(members, members, (earlier, later) => {
        const before = replaceMembers([], earlier).members
        const { joined, updated, left, members: expected } = replaceMembers(before, later)
        const change = changeMembers(before, {
          type: 'presence.changed',
          channel: 'lobby',
          count: later.length,
          joined,
          updated,
          left: ids(left),
        })
        expect(change.members).toEqual(expected)
        expect([change.joined, change.updated, change.left].map(ids)).toEqual(
          [joined, updated, left].map(ids),
        )
      }),
    )
  })

  it('are not broken by what makes no sense', () => {
    const { members: before } = replaceMembers([], [{ id: 'ada' }])
    const nonsense = JSON.parse('[null, 7, {"name":"nobody"}, {"id":"ada"}]')
    expect(replaceMembers(before, nonsense).members).toBe(before)
    expect(replaceMembers(before, JSON.parse('{}')).members).toEqual([])
    const push = { type: 'presence.changed', channel: 'lobby', count: 1, left: ['nobody'] } as const
    expect(changeMembers(before, push).members).toBe(before)
  })
})
