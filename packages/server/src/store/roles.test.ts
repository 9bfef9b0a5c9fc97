// Every combination of who asks and what is asked for.
import type { ConversationKind, ErrorCode, Role } from '@nowcast/protocol'
import { NowcastError } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import {
  requireMayInvite,
  requireMayJoin,
  requireMayLeave,
  requireMayRemove,
  requireMayUpdate,
  requireOwner,
  type Standing,
} from './roles.ts'

const roles: readonly (Role | undefined)[] = ['owner', 'admin', 'member', undefined]

function standing(role: Role | undefined, fields: Partial<Standing> = {}): Standing {
  return {
    kind: 'closed',
    archived: false,
    permissions: { post: 'member', invite: 'admin' },
    role,
    ...fields,
  }
}

function codeOf(run: () => void): ErrorCode | 'allowed' {
  try {
    run()
    return 'allowed'
  } catch (error) {
    if (error instanceof NowcastError) return error.code
    throw error
  }
}

/** The outcomes for owner, admin, member and stranger. */
const outcomes = (decide: (standing: Standing) => void, fields: Partial<Standing> = {}) =>
  roles.map((role) => codeOf(() => decide(standing(role, fields))))

const hidden = 'conversation_not_found'
const f = 'forbidden'
const ok = 'allowed'

describe('in a closed conversation', () => {
  it.each<[Role, readonly string[]]>([
    ['owner', [ok, f, f, hidden]],
    ['admin', [ok, ok, f, hidden]],
    ['member', [ok, ok, ok, hidden]],
  ])('inviting that needs a role of %s', (invite, expected) => {
    expect(outcomes(requireMayInvite, { permissions: { post: 'member', invite } })).toEqual(expected)
  })

  it.each<[Role | undefined, readonly string[]]>([
    ['owner', [f, f, f, hidden]],
    ['admin', [ok, f, f, hidden]],
    ['member', [ok, ok, f, hidden]],
    [undefined, [ok, ok, f, hidden]],
  ])('removing one whose role is %s', (target, expected) => {
    expect(outcomes((asked) => requireMayRemove(asked, target))).toEqual(expected)
  })

  it('settings are for the owner and admins, the rest for the owner', () => {
    expect(outcomes(requireMayUpdate)).toEqual([ok, ok, f, hidden])
    expect(outcomes(requireOwner)).toEqual([ok, f, f, hidden])
    expect(outcomes(requireMayLeave)).toEqual([ok, ok, ok, hidden])
    expect(outcomes(requireMayJoin)).toEqual(roles.map(() => hidden))
  })
})

it('an open one does not hide from strangers', () => {
  const open = { kind: 'open' } as const
  const stranger = (decide: (standing: Standing) => void) => outcomes(decide, open).at(-1)
  const decisions = [requireMayInvite, requireMayUpdate, requireOwner]
  for (const decide of decisions) expect(stranger(decide)).toBe('not_a_member')
  expect(stranger(requireMayJoin)).toBe(ok)
  expect(stranger(requireMayLeave)).toBe(ok)
})

it('an archived one lets nobody in, and everybody out', () => {
  const archived = { kind: 'open', archived: true } as const
  expect(outcomes(requireMayJoin, archived).at(-1)).toBe('conversation_archived')
  expect(outcomes(requireMayInvite, archived)).toEqual([
    'conversation_archived',
    'conversation_archived',
    f,
    'not_a_member',
  ])
  expect(outcomes(requireMayLeave, archived)).toEqual([ok, ok, ok, ok])
  expect(outcomes(requireOwner, archived)[0]).toBe(ok)
})

it('a direct one stays as it is', () => {
  const direct = { kind: 'direct' as ConversationKind }
  const decisions = [requireMayInvite, requireMayUpdate, requireOwner, requireMayLeave]
  for (const decide of decisions) expect(outcomes(decide, direct)).toEqual([f, f, f, hidden])
  expect(outcomes((asked) => requireMayRemove(asked, 'member'), direct)).toEqual([f, f, f, hidden])
})
