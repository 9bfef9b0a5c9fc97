// Creating, finding and listing conversations.
import { type Conversation, NowcastError, type UserProfile } from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import type { Change, ConversationDraft } from '../store.ts'
import type { Database } from './database.ts'
import { conversationNotFound } from './lookup.ts'
import { conversationFull } from './members.ts'
import { type ConversationRow, toConversation } from './rows.ts'
import type { Tables } from './tables.ts'
import { unreadAfter } from './unread.ts'

const MAX_LISTED = 200

/** Remembers how a user is shown; a token without a name or picture takes nothing away. */
export async function rememberUser(queries: Kysely<Tables>, app: string, user: UserProfile): Promise<void> {
  await sql`
    insert into nowcast.users as known (app, id, name, avatar)
    values (${app}, ${user.id}, ${user.name ?? null}, ${user.avatar ?? null})
    on conflict (app, id) do update set
      name = coalesce(excluded.name, known.name), avatar = coalesce(excluded.avatar, known.avatar), updated_at = now()
    where (known.name, known.avatar) is distinct from
      (coalesce(excluded.name, known.name), coalesce(excluded.avatar, known.avatar))
  `.execute(queries)
}

/** Creates a conversation with its members. @throws NowcastError `conversation_exists`, `conversation_full` */
export async function createConversation(
  database: Database,
  draft: ConversationDraft,
): Promise<Change<Conversation>> {
  const { app, id, kind, name, support, creator, members, maxMembers } = draft
  const memberCount = members.length + (creator === undefined ? 0 : 1)
  if (memberCount > maxMembers) throw conversationFull(maxMembers)
  const changed = await database.transaction(async (queries) => {
    if (creator !== undefined) await rememberUser(queries, app, creator)
    const created = await queries
      .insertInto('nowcast.conversations')
      .values({
        app,
        id,
        kind,
        name,
        support,
        member_count: memberCount,
        max_members: maxMembers,
        created_by: creator?.id ?? null,
        ...(kind === 'closed' ? { invite_role: 'admin' } : {}),
      })
      .onConflict((conflict) => conflict.columns(['app', 'id']).doNothing())
      .returning('key')
      .executeTakeFirst()
    if (created === undefined) {
      await requireSameOrigin(queries, draft)
      return false
    }
    const rows = members.map((user) => ({
      conversation: created.key,
      user_id: user,
      role: 'member' as const,
    }))
    const owner =
      creator === undefined
        ? []
        : [{ conversation: created.key, user_id: creator.id, role: 'owner' as const }]
    if (memberCount > 0)
      await queries
        .insertInto('nowcast.members')
        .values([...owner, ...rows])
        .execute()
    return true
  })
  const value = await selectOne(database, app, id, creator?.id ?? '')
  return { value, position: value.position, changed }
}

/** The same id again is a repetition only by who made it; the one direct conversation of two users is always the same. */
async function requireSameOrigin(queries: Kysely<Tables>, draft: ConversationDraft): Promise<void> {
  const existing = await queries
    .selectFrom('nowcast.conversations')
    .select(['kind', 'created_by'])
    .where('app', '=', draft.app)
    .where('id', '=', draft.id)
    .executeTakeFirst()
  const direct = existing?.kind === 'direct' && draft.kind === 'direct'
  if (direct || existing?.created_by === (draft.creator?.id ?? null)) return
  throw new NowcastError('conversation_exists', `There is a conversation "${draft.id}" already.`, {
    field: 'conversation',
  })
}

/** One conversation as a user sees it. @throws NowcastError `conversation_not_found` */
export async function getConversation(
  database: Database,
  app: string,
  id: string,
  user: string,
): Promise<Conversation> {
  const conversation = await selectOne(database, app, id, user)
  if (conversation.role === undefined && conversation.kind !== 'open') throw conversationNotFound()
  return conversation
}

/** A user's conversations, or those the user could join. */
export async function listConversations(
  database: Database,
  app: string,
  user: string,
  scope: 'mine' | 'open',
): Promise<readonly Conversation[]> {
  const condition =
    scope === 'mine'
      ? sql`c.app = ${app} and m.role is not null order by c.last_activity_at desc, c.key desc`
      : sql`c.app = ${app} and c.kind = 'open' and m.role is null order by c.member_count desc, c.key`
  // For `mine` the index over users leads; for `open` the membership only says what to leave out.
  const join = scope === 'mine' ? sql`join` : sql`left join`
  const { rows } = await database.run((queries) =>
    select(user, join, sql`${condition} limit ${MAX_LISTED}`).execute(queries),
  )
  return rows.map(toConversation)
}

async function selectOne(database: Database, app: string, id: string, user: string): Promise<Conversation> {
  const where = sql`c.app = ${app} and c.id = ${id}`
  const { rows } = await database.run((queries) => select(user, sql`left join`, where).execute(queries))
  const [row] = rows
  if (row === undefined) throw conversationNotFound()
  return toConversation(row)
}

function select(user: string, join: ReturnType<typeof sql>, condition: ReturnType<typeof sql>) {
  return sql<ConversationRow>`
    select c.id, c.kind, c.name, c.support, c.member_count, c.created_at, c.epoch, c.last_offset, m.role,
      c.post_role, c.invite_role, c.archived_at, m.read_offset, unread.messages as unread,
      unread.mentions as unread_mentions,
      peer.user_id as peer_id, u.name as peer_name, u.avatar as peer_avatar, last.message as last_message
    from nowcast.conversations c
    ${join} nowcast.members m on m.conversation = c.key and m.user_id = ${user}
    left join nowcast.members peer on c.kind = 'direct' and peer.conversation = c.key and peer.user_id <> ${user}
      and m.role is not null
    left join nowcast.users u on u.app = c.app and u.id = peer.user_id
    left join lateral (
      select to_jsonb(n) as message
      from nowcast.messages n where n.conversation = c.key and n.thread is null and m.role is not null
      order by n."offset" desc limit 1
    ) last on true
    left join lateral (${unreadAfter(sql`c.key`, sql`m.user_id`, sql`m.read_offset`)}) unread on m.role is not null
    where ${condition}
  `
}
