// Reading messages back, searching, editing and deleting.
import { type Message, type MessagePage, NowcastError, type Position } from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import type { Change } from '../store.ts'
import type { Database } from './database.ts'
import { appendChange, type ConversationHandle, findConversation } from './lookup.ts'
import { type MessageRow, toMessage } from './rows.ts'
import type { Tables } from './tables.ts'

const columns = [
  'offset',
  'message_id',
  'sender',
  'body',
  'metadata',
  'created_at',
  'edited_at',
  'deleted_at',
] as const

/** A page of messages, newest first. @throws NowcastError `conversation_not_found` */
export async function readMessages(
  database: Database,
  app: string,
  id: string,
  page: { readonly before?: number; readonly limit: number },
): Promise<MessagePage & { readonly position: Position }> {
  return database.run(async (queries) => {
    const { key, epoch, last_offset } = await findConversation(queries, app, id)
    const rows = await queries
      .selectFrom('nowcast.messages')
      .select(columns)
      .where('conversation', '=', key)
      .where('offset', '<', Math.min(page.before ?? Number.MAX_SAFE_INTEGER, last_offset + 1))
      .orderBy('offset', 'desc')
      .limit(page.limit + 1)
      .execute()
    const messages = rows.slice(0, page.limit).map((row) => toMessage({ ...row, conversation_id: id }))
    return { messages, more: rows.length > page.limit, position: { epoch, offset: last_offset } }
  })
}

/** Messages that contain `query`, newest first, in conversations that the user is a member of. */
export async function searchMessages(
  database: Database,
  app: string,
  user: string,
  search: { readonly query: string; readonly conversation?: string; readonly limit: number },
): Promise<MessagePage> {
  const pattern = `%${search.query.replace(/[\\%_]/g, '\\$&')}%`
  const within = search.conversation === undefined ? sql`true` : sql`c.id = ${search.conversation}`
  const { rows } = await database.run((queries) =>
    sql<MessageRow>`
      select c.id as conversation_id, n."offset", n.message_id, n.sender, n.body, n.metadata, n.created_at, n.edited_at,
        n.deleted_at
      from nowcast.messages n
      join nowcast.conversations c on c.key = n.conversation and c.app = ${app}
      join nowcast.members m on m.conversation = n.conversation and m.user_id = ${user}
      where n.body ilike ${pattern} and n.deleted_at is null and ${within}
      order by n.created_at desc, n."offset" desc limit ${search.limit + 1}
    `.execute(queries),
  )
  return { messages: rows.slice(0, search.limit).map(toMessage), more: rows.length > search.limit }
}

/** @throws NowcastError `message_not_found`, `message_deleted`, `forbidden` */
export async function editMessage(
  database: Database,
  app: string,
  id: string,
  offset: number,
  user: string,
  body: string,
): Promise<Change<Message>> {
  return database.transaction(async (queries) => {
    const { conversation, message } = await findOwn(queries, app, id, offset, user)
    if (message.deletedAt !== undefined)
      throw new NowcastError('message_deleted', 'This message was deleted.')
    if (message.body === body) return unchanged(conversation, message)
    const value = await update(queries, conversation, id, offset, { body, edited_at: sql<Date>`now()` })
    const change = { kind: 'message:edited', actor: user, messageOffset: offset } as const
    return { value, position: await appendChange(queries, conversation, change), changed: true }
  })
}

/** @throws NowcastError `message_not_found`, `forbidden` */
export async function deleteMessage(
  database: Database,
  app: string,
  id: string,
  offset: number,
  user: string,
): Promise<Change<Message>> {
  return database.transaction(async (queries) => {
    const { conversation, message } = await findOwn(queries, app, id, offset, user)
    if (message.deletedAt !== undefined) return unchanged(conversation, message)
    const deleted = { body: '', metadata: null, deleted_at: sql<Date>`now()` }
    const value = await update(queries, conversation, id, offset, deleted)
    const change = { kind: 'message:deleted', actor: user, messageOffset: offset } as const
    return { value, position: await appendChange(queries, conversation, change), changed: true }
  })
}

async function findOwn(queries: Kysely<Tables>, app: string, id: string, offset: number, user: string) {
  const conversation = await findConversation(queries, app, id, true)
  const row = await queries
    .selectFrom('nowcast.messages')
    .select(columns)
    .where('conversation', '=', conversation.key)
    .where('offset', '=', offset)
    .executeTakeFirst()
  if (row === undefined) throw new NowcastError('message_not_found', 'There is no such message.')
  if (row.sender !== user) throw new NowcastError('forbidden', "This is another's message.")
  return { conversation, message: toMessage({ ...row, conversation_id: id }) }
}

async function update(
  queries: Kysely<Tables>,
  conversation: ConversationHandle,
  id: string,
  offset: number,
  values: {
    readonly body: string
    readonly metadata?: null
    readonly edited_at?: ReturnType<typeof sql<Date>>
    readonly deleted_at?: ReturnType<typeof sql<Date>>
  },
): Promise<Message> {
  const row = await queries
    .updateTable('nowcast.messages')
    .set(values)
    .where('conversation', '=', conversation.key)
    .where('offset', '=', offset)
    .returning(columns)
    .executeTakeFirstOrThrow()
  return toMessage({ ...row, conversation_id: id })
}

function unchanged(conversation: ConversationHandle, value: Message): Change<Message> {
  return { value, position: { epoch: conversation.epoch, offset: conversation.last_offset }, changed: false }
}
