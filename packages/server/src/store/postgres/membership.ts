// Joining, leaving, inviting and removing.
import type { ConversationMember, UserProfile } from '@nowcast/protocol'
import type { Kysely } from 'kysely'
import type { MembershipChange } from '../membershipStore.ts'
import { requireMayInvite, requireMayJoin, requireMayLeave, requireMayRemove } from '../roles.ts'
import { rememberUser } from './conversations.ts'
import type { Database } from './database.ts'
import { type EventDraft, type LockedConversation, lockConversation, logChange, unchanged } from './events.ts'
import {
  addMembers,
  deleteMember,
  findRole,
  lockMembers,
  readMember,
  readMembers,
  setRole,
  standingOf,
} from './members.ts'
import type { Tables } from './tables.ts'

/** @throws NowcastError `conversation_not_found`, also when it is not open; `conversation_full`, `conversation_archived` */
export async function joinConversation(
  database: Database,
  app: string,
  id: string,
  user: UserProfile,
): Promise<MembershipChange<ConversationMember>> {
  return database.transaction(async (queries) => {
    await rememberUser(queries, app, user)
    const conversation = await lockConversation(queries, app, id)
    const standing = await standingOf(queries, conversation, user.id)
    if (standing.role !== undefined) {
      return unchanged(conversation, await readMember(queries, conversation, user.id))
    }
    requireMayJoin(standing)
    // One that all have left would have no owner for ever.
    const isOrphan = conversation.memberCount === 0 && conversation.createdBy !== null
    await addMembers(queries, conversation, [user.id], isOrphan ? 'owner' : 'member')
    const member = await readMember(queries, conversation, user.id)
    return logChange(queries, conversation, user.id, member, [{ name: 'member:joined', data: member }])
  })
}

/** @throws NowcastError `conversation_not_found`, also for a stranger to one that is not open; `forbidden` when direct */
export async function leaveConversation(
  database: Database,
  app: string,
  id: string,
  user: string,
): Promise<MembershipChange<{ readonly id: string }>> {
  return database.transaction(async (queries) => {
    const conversation = await lockConversation(queries, app, id)
    const standing = await standingOf(queries, conversation, user)
    requireMayLeave(standing)
    const value = { id: user }
    if (standing.role === undefined) return unchanged(conversation, value)
    const drafts: EventDraft[] = [{ name: 'member:left', data: value }]
    const heir = standing.role === 'owner' ? await findHeir(queries, conversation, user) : undefined
    if (heir !== undefined) {
      await lockMembers(queries, conversation, [user, heir])
      drafts.push({ name: 'member:changed', data: await setRole(queries, conversation, heir, 'owner') })
    }
    await deleteMember(queries, conversation, user)
    return logChange(queries, conversation, user, value, drafts)
  })
}

/** Adds those who are no members yet, or nobody. @throws NowcastError as `MembershipStore.invite` */
export async function inviteMembers(
  database: Database,
  app: string,
  id: string,
  actor: string,
  users: readonly string[],
): Promise<MembershipChange<readonly ConversationMember[]>> {
  return database.transaction(async (queries) => {
    const conversation = await lockConversation(queries, app, id)
    requireMayInvite(await standingOf(queries, conversation, actor))
    const asked = [...new Set(users)]
    const present = new Set((await readMembers(queries, conversation, asked)).map((member) => member.id))
    const invited = asked.filter((user) => !present.has(user))
    if (invited.length === 0) return unchanged(conversation, [])
    await addMembers(queries, conversation, invited, 'member')
    const members = await readMembers(queries, conversation, invited)
    const drafts = members.map((data) => ({ name: 'member:joined', data }) as const)
    return logChange(queries, conversation, actor, members, drafts)
  })
}

/** @throws NowcastError as `MembershipStore.remove` */
export async function removeMember(
  database: Database,
  app: string,
  id: string,
  actor: string,
  user: string,
): Promise<MembershipChange<{ readonly id: string }>> {
  return database.transaction(async (queries) => {
    const conversation = await lockConversation(queries, app, id)
    const standing = await standingOf(queries, conversation, actor)
    const role = await findRole(queries, conversation, user)
    requireMayRemove(standing, role)
    const value = { id: user }
    if (role === undefined) return unchanged(conversation, value)
    await deleteMember(queries, conversation, user)
    return logChange(queries, conversation, actor, value, [{ name: 'member:left', data: value }])
  })
}

/** The longest-standing admin, else member; undefined when nobody is left. */
async function findHeir(
  queries: Kysely<Tables>,
  { key }: LockedConversation,
  owner: string,
): Promise<string | undefined> {
  const heir = await queries
    .selectFrom('nowcast.members')
    .select('user_id')
    .where('conversation', '=', key)
    .where('user_id', '<>', owner)
    .orderBy((expression) => expression.case().when('role', '=', 'admin').then(0).else(1).end())
    .orderBy('joined_at')
    .orderBy('user_id')
    .limit(1)
    .executeTakeFirst()
  return heir?.user_id
}
