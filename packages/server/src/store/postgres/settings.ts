// How a conversation is run: its members' roles, its name and permissions, and whether it goes on.
import {
  type ConversationEvents,
  type ConversationMember,
  type ConversationPermissions,
  NowcastError,
  type Role,
} from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import type { ConversationSettings, MembershipChange } from '../membershipStore.ts'
import { requireMayUpdate, requireOwner } from '../roles.ts'
import type { Database } from './database.ts'
import { type EventDraft, type LockedConversation, lockConversation, logChange, unchanged } from './events.ts'
import { findRole, lockMembers, readMember, setRole, standingOf } from './members.ts'
import type { Tables } from './tables.ts'

type Settings = ConversationEvents['conversation:changed']

/** Gives a member a role. @throws NowcastError as `MembershipStore.changeRole` */
export async function changeRole(
  database: Database,
  app: string,
  id: string,
  actor: string,
  user: string,
  role: Role,
): Promise<MembershipChange<ConversationMember>> {
  return database.transaction(async (queries) => {
    const conversation = await lockConversation(queries, app, id)
    requireOwner(await standingOf(queries, conversation, actor))
    const current = await findRole(queries, conversation, user)
    if (current === undefined) {
      throw new NowcastError('not_found', 'This user is not a member.', { field: 'user' })
    }
    if (current === role) return unchanged(conversation, await readMember(queries, conversation, user))
    if (user === actor) {
      throw new NowcastError('forbidden', 'The owner makes another the owner instead.', { field: 'role' })
    }
    await lockMembers(queries, conversation, [user, actor])
    const member = await setRole(queries, conversation, user, role)
    const drafts: EventDraft[] = [{ name: 'member:changed', data: member }]
    if (role === 'owner') {
      drafts.push({ name: 'member:changed', data: await setRole(queries, conversation, actor, 'admin') })
    }
    return logChange(queries, conversation, actor, member, drafts)
  })
}

/** Changes the name and the permissions. @throws NowcastError as `MembershipStore.update` */
export async function updateSettings(
  database: Database,
  app: string,
  id: string,
  actor: string,
  { name, permissions }: ConversationSettings,
): Promise<MembershipChange<Settings>> {
  return database.transaction(async (queries) => {
    const conversation = await lockConversation(queries, app, id)
    requireMayUpdate(await standingOf(queries, conversation, actor))
    const wanted = {
      ...conversation,
      name: name ?? conversation.name,
      permissions: { ...conversation.permissions, ...permissions },
    }
    const isSame = wanted.name === conversation.name && arePermissions(wanted, conversation.permissions)
    if (isSame) return unchanged(conversation, settingsOf(conversation))
    await queries
      .updateTable('nowcast.conversations')
      .set({ name: wanted.name, post_role: wanted.permissions.post, invite_role: wanted.permissions.invite })
      .where('key', '=', conversation.key)
      .execute()
    return changed(queries, wanted, actor)
  })
}

/** Ends a conversation, or lets it go on. @throws NowcastError as `MembershipStore.archive` */
export async function archiveConversation(
  database: Database,
  app: string,
  id: string,
  actor: string,
  archived: boolean,
): Promise<MembershipChange<Settings>> {
  return database.transaction(async (queries) => {
    const conversation = await lockConversation(queries, app, id)
    requireOwner(await standingOf(queries, conversation, actor))
    if (archived === conversation.archived) return unchanged(conversation, settingsOf(conversation))
    const { archived_at } = await queries
      .updateTable('nowcast.conversations')
      .set({ archived_at: archived ? sql<Date>`now()` : null })
      .where('key', '=', conversation.key)
      .returning('archived_at')
      .executeTakeFirstOrThrow()
    return changed(queries, { ...conversation, archivedAt: archived_at }, actor)
  })
}

function changed(
  queries: Kysely<Tables>,
  conversation: LockedConversation,
  actor: string,
): Promise<MembershipChange<Settings>> {
  const data = settingsOf(conversation)
  return logChange(queries, conversation, actor, data, [{ name: 'conversation:changed', data }])
}

function settingsOf({ name, permissions, archivedAt }: LockedConversation): Settings {
  return { name, permissions, ...(archivedAt === null ? {} : { archivedAt: archivedAt.getTime() }) }
}

function arePermissions(
  { permissions }: { readonly permissions: ConversationPermissions },
  others: ConversationPermissions,
): boolean {
  return permissions.post === others.post && permissions.invite === others.invite
}
