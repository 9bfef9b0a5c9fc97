// What the signed-in person may do in a conversation. The server decides; this only spares what it would refuse.
import type { Conversation, Role } from '@nowcast/react'

const RANKS: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 }

/** What a person may do with a conversation and its members. */
export type MemberRights = {
  readonly write: boolean
  readonly invite: boolean
  /** Rename, change permissions, remove members. */
  readonly manage: boolean
  /** Change roles, archive. */
  readonly own: boolean
}

const NOTHING: MemberRights = { write: false, invite: false, manage: false, own: false }

/** What a person may do, by the role that the conversation says they have. */
export function rightsIn(conversation: Conversation | undefined): MemberRights {
  if (conversation?.role === undefined) return NOTHING
  const { role, kind, permissions, archivedAt } = conversation
  const reaches = (least: Role) => RANKS[role] >= RANKS[least]
  const isOpen = archivedAt === undefined
  const isManaged = kind !== 'direct'
  return {
    write: isOpen && reaches(permissions.post),
    invite: isOpen && isManaged && reaches(permissions.invite),
    manage: isManaged && reaches('admin'),
    own: isManaged && role === 'owner',
  }
}

/** Whether someone of a role may remove someone of another. */
export const mayRemove = (own: Role | undefined, other: Role): boolean =>
  own !== undefined && RANKS[own] >= RANKS.admin && RANKS[own] > RANKS[other]
