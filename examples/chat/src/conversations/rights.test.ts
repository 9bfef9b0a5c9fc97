// What a person may do, by the role.
import type { Conversation } from '@nowcast/react'
import { describe, expect, test } from 'vitest'
import { mayRemove, rightsIn } from './rights.ts'

const conversation = (facts: Partial<Conversation>): Conversation => ({
  id: 'c',
  kind: 'open',
  name: 'C',
  support: false,
  memberCount: 3,
  createdAt: 0,
  position: { epoch: 'e', offset: 0 },
  permissions: { post: 'member', invite: 'admin' },
  role: 'member',
  ...facts,
})

describe('rightsIn', () => {
  test.each([
    ['a member', {}, { write: true, invite: false, manage: false, own: false }],
    ['an admin', { role: 'admin' }, { write: true, invite: true, manage: true, own: false }],
    ['the owner', { role: 'owner' }, { write: true, invite: true, manage: true, own: true }],
    [
      'a member where only admins write',
      { permissions: { post: 'admin', invite: 'member' } },
      { write: false, invite: true, manage: false, own: false },
    ],
    [
      'the owner of an archived one',
      { role: 'owner', archivedAt: 1 },
      { write: false, invite: false, manage: true, own: true },
    ],
    [
      'one of two',
      { kind: 'direct', role: 'owner' },
      { write: true, invite: false, manage: false, own: false },
    ],
  ] as const)('%s', (_who, facts, rights) => expect(rightsIn(conversation(facts))).toEqual(rights))

  test('somebody who is no member may nothing', () => {
    const { role: _, ...stranger } = conversation({})
    expect(rightsIn(stranger)).toEqual({ write: false, invite: false, manage: false, own: false })
  })
})

test('nobody removes their like', () => {
  expect(mayRemove('owner', 'admin')).toBe(true)
  expect(mayRemove('admin', 'member')).toBe(true)
  expect(mayRemove('admin', 'admin')).toBe(false)
  expect(mayRemove('member', 'member')).toBe(false)
  expect(mayRemove(undefined, 'member')).toBe(false)
})
