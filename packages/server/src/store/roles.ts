// Who may do what in a conversation: pure decisions about facts that were read under its lock.
import {
  type ConversationKind,
  type ConversationPermissions,
  NowcastError,
  type Role,
} from '@nowcast/protocol'

/** What a user is to a conversation. */
export interface Standing {
  readonly kind: ConversationKind
  readonly archived: boolean
  readonly permissions: ConversationPermissions
  /** Absent when the user is not a member. */
  readonly role: Role | undefined
}

const RANKS: Readonly<Record<Role, number>> = { member: 1, admin: 2, owner: 3 }

/** The error for a conversation that does not exist, or not for this user. */
export const conversationNotFound = () =>
  new NowcastError('conversation_not_found', 'There is no such conversation.')

const archivedError = () => new NowcastError('conversation_archived', 'This conversation is archived.')
const forbidden = (why: string, field?: string) => new NowcastError('forbidden', why, { field })

/** @throws NowcastError `conversation_not_found` when it is not open, `conversation_archived` */
export function requireMayJoin({ kind, archived }: Standing): void {
  if (kind !== 'open') throw conversationNotFound()
  if (archived) throw archivedError()
}

/** @throws NowcastError `conversation_not_found`, `forbidden` when direct */
export function requireMayLeave({ kind, role }: Standing): void {
  if (role === undefined && kind !== 'open') throw conversationNotFound()
  // Nobody could come back into it, and there is no other one for these two.
  if (kind === 'direct') throw forbidden("A direct conversation can't be left.", 'conversation')
}

/** @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden`, `conversation_archived` */
export function requireMayInvite(standing: Standing): void {
  const role = requireGroupMember(standing)
  if (!hasRank(role, standing.permissions.invite)) {
    throw forbidden(`Only an ${standing.permissions.invite} may invite.`)
  }
  if (standing.archived) throw archivedError()
}

/**
 * @param target what the one to be removed is; absent when nobody
 * @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden`
 */
export function requireMayRemove(standing: Standing, target: Role | undefined): void {
  const role = requireGroupMember(standing)
  if (!hasRank(role, 'admin')) throw forbidden('Only the owner and admins may remove members.')
  if (target !== undefined && RANKS[target] >= RANKS[role]) {
    throw forbidden('Members of the same or a higher role can not be removed.', 'user')
  }
}

/** @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden` */
export function requireMayUpdate(standing: Standing): void {
  if (!hasRank(requireGroupMember(standing), 'admin')) {
    throw forbidden('Only the owner and admins may change a conversation.')
  }
}

/** For what only the owner may do. @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden` */
export function requireOwner(standing: Standing): void {
  if (requireGroupMember(standing) !== 'owner') throw forbidden('Only the owner may do this.')
}

function requireGroupMember({ kind, role }: Standing): Role {
  if (role === undefined) {
    throw kind === 'open'
      ? new NowcastError('not_a_member', 'You are not a member of this conversation.')
      : conversationNotFound()
  }
  if (kind === 'direct') {
    throw forbidden('A direct conversation stays as it is.', 'conversation')
  }
  return role
}

function hasRank(role: Role, least: Role): boolean {
  return RANKS[role] >= RANKS[least]
}
