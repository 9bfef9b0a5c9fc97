// Joining and leaving.
import { type ConversationMember, NowcastError, type UserProfile } from '@nowcast/protocol'
import type { Kysely } from 'kysely'
import type { Change } from '../store.ts'
import { conversationFull, rememberUser } from './conversations.ts'
import type { Database } from './database.ts'
import { appendChange, type ConversationHandle, conversationNotFound, findConversation } from './lookup.ts'
import type { Tables } from './tables.ts'

const CHECK_VIOLATION = '23514'

/** @throws NowcastError `conversation_not_found`, also when it is not open; `conversation_full` */
export async function joinConversation(
  database: Database,
  app: string,
  id: string,
  user: UserProfile,
): Promise<Change<ConversationMember>> {
  try {
    return await database.transaction(async (queries) => {
      await rememberUser(queries, app, user)
      const conversation = await findConversation(queries, app, id, true)
      const existing = await findMember(queries, conversation.key, user.id)
      if (existing !== undefined) {
        const value = { ...user, role: existing.role, joinedAt: existing.joined_at.getTime() }
        return { value, position: placeOf(conversation), changed: false }
      }
      if (conversation.kind !== 'open') throw conversationNotFound()
      return await addMember(queries, conversation, user)
    })
  } catch (error) {
    if ((error as { code?: unknown }).code === CHECK_VIOLATION) throw await full(database, app, id)
    throw error
  }
}

async function addMember(
  queries: Kysely<Tables>,
  conversation: ConversationHandle,
  user: UserProfile,
): Promise<Change<ConversationMember>> {
  const { joined_at } = await queries
    .insertInto('nowcast.members')
    .values({ conversation: conversation.key, user_id: user.id, role: 'member' })
    .returning('joined_at')
    .executeTakeFirstOrThrow()
  await countMembers(queries, conversation.key, 1)
  const value: ConversationMember = { ...user, role: 'member', joinedAt: joined_at.getTime() }
  const position = await appendChange(queries, conversation, {
    kind: 'member:joined',
    actor: user.id,
    data: value,
  })
  return { value, position, changed: true }
}

/** @throws NowcastError `conversation_not_found`, also for a stranger to one that is not open; `forbidden` when direct */
export async function leaveConversation(
  database: Database,
  app: string,
  id: string,
  user: string,
): Promise<Change<{ readonly id: string }>> {
  return database.transaction(async (queries) => {
    const conversation = await findConversation(queries, app, id, true)
    const value = { id: user }
    const member = await findMember(queries, conversation.key, user)
    if (member === undefined && conversation.kind !== 'open') throw conversationNotFound()
    // Nobody could come back into it, and there is no other one for these two.
    if (conversation.kind === 'direct') {
      throw new NowcastError('forbidden', "A direct conversation can't be left.", { field: 'conversation' })
    }
    const left = await queries
      .deleteFrom('nowcast.members')
      .where('conversation', '=', conversation.key)
      .where('user_id', '=', user)
      .returning('role')
      .executeTakeFirst()
    if (left === undefined) return { value, position: placeOf(conversation), changed: false }
    await countMembers(queries, conversation.key, -1)
    if (left.role === 'owner') await appointOwner(queries, conversation.key)
    const position = await appendChange(queries, conversation, {
      kind: 'member:left',
      actor: user,
      data: value,
    })
    return { value, position, changed: true }
  })
}

async function appointOwner(queries: Kysely<Tables>, conversation: number): Promise<void> {
  const heir = await queries
    .selectFrom('nowcast.members')
    .select('user_id')
    .where('conversation', '=', conversation)
    .orderBy((expression) => expression.case().when('role', '=', 'admin').then(0).else(1).end())
    .orderBy('joined_at')
    .limit(1)
    .executeTakeFirst()
  if (heir === undefined) return
  await queries
    .updateTable('nowcast.members')
    .set({ role: 'owner' })
    .where('conversation', '=', conversation)
    .where('user_id', '=', heir.user_id)
    .execute()
}

function findMember(queries: Kysely<Tables>, conversation: number, user: string) {
  return queries
    .selectFrom('nowcast.members')
    .select(['role', 'joined_at'])
    .where('conversation', '=', conversation)
    .where('user_id', '=', user)
    .executeTakeFirst()
}

async function countMembers(queries: Kysely<Tables>, conversation: number, change: number): Promise<void> {
  await queries
    .updateTable('nowcast.conversations')
    .set((expression) => ({ member_count: expression('member_count', '+', change) }))
    .where('key', '=', conversation)
    .execute()
}

async function full(database: Database, app: string, id: string) {
  const { max_members } = await database.run((queries) =>
    queries
      .selectFrom('nowcast.conversations')
      .select('max_members')
      .where('app', '=', app)
      .where('id', '=', id)
      .executeTakeFirstOrThrow(),
  )
  return conversationFull(max_members)
}

const placeOf = ({ epoch, last_offset }: ConversationHandle) => ({ epoch, offset: last_offset })
