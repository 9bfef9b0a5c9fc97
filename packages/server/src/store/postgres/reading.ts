// Reading messages back: pages of them, single ones, their former texts, pinned ones, and searching.
import { limits, type Message, type MessagePage, type MessageVersion, NowcastError } from '@nowcast/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { MessageQuery, MessageSlice } from '../messageStore.ts'
import type { Database } from './database.ts'
import { conversationNotFound } from './lookup.ts'
import { type MessageRow, messageColumns, toMessage } from './rows.ts'

const fields = sql.join(messageColumns.map((column) => sql.ref(`n.${column}`)))

/** A message of the conversation, or only the place of one that has none. */
type SliceRow = { readonly epoch: string; readonly head: number } & (
  | Omit<MessageRow, 'conversation_id'>
  | { readonly offset: null }
)

/** The error for a message that does not exist. */
export const messageNotFound = () => new NowcastError('message_not_found', 'There is no such message.')

/**
 * A page of messages, newest first. One statement: messages and place are of the same moment.
 * @throws NowcastError `conversation_not_found`, `message_not_found`
 */
export async function readMessages(
  database: Database,
  app: string,
  id: string,
  query: MessageQuery,
): Promise<MessageSlice> {
  const { rows } = await database.run((queries) =>
    sql<SliceRow>`
      select c.epoch, c.last_offset as head, n.* from nowcast.conversations c
      left join lateral (${pageOf(query)}) n on true
      where c.app = ${app} and c.id = ${id}
    `.execute(queries),
  )
  const [first] = rows
  if (first === undefined) throw conversationNotFound()
  const found = rows
    .flatMap((row) => (row.offset === null ? [] : [toMessage({ ...row, conversation_id: id })]))
    .sort((left, right) => right.offset - left.offset)
  return { ...cut(found, query), position: { epoch: first.epoch, offset: first.head } }
}

/** More messages than the page has, so that it is known whether there are more. */
function pageOf({ before, after, around, thread, limit }: MessageQuery): RawBuilder<unknown> {
  const timeline = sql`select ${fields} from nowcast.messages n where n.conversation = c.key and
    ${thread === undefined ? sql`n.thread is null` : sql`n.thread = ${thread}`}`
  const newest = sql`order by n."offset" desc limit ${limit + 1}`
  const oldest = sql`order by n."offset" limit ${limit + 1}`
  if (around !== undefined) {
    return sql`(${timeline} and n."offset" <= ${around} ${newest})
      union all (${timeline} and n."offset" > ${around} ${oldest})`
  }
  if (after !== undefined) return sql`${timeline} and n."offset" > ${after} ${oldest}`
  if (before !== undefined) return sql`${timeline} and n."offset" < ${before} ${newest}`
  // True of all: it says to a planner without statistics which index has them in order.
  return sql`${timeline} and n."offset" <= c.last_offset ${newest}`
}

/** The page out of what was found, newest first. */
function cut(found: readonly Message[], { after, around, limit }: MessageQuery): MessagePage {
  const more = found.length > limit
  if (around === undefined)
    return { messages: after === undefined ? found.slice(0, limit) : found.slice(-limit), more }
  const place = found.findIndex(({ offset }) => offset === around)
  if (place === -1) throw messageNotFound()
  const older = found.length - place - 1
  // As many newer as older ones; where one side has fewer, the other fills the page.
  const newer = Math.min(place, Math.max(Math.floor((limit - 1) / 2), limit - 1 - older))
  const start = place - newer
  return { messages: found.slice(start, start + limit), more: start + limit < found.length }
}

/** One message. @throws NowcastError `message_not_found` */
export async function readMessage(
  database: Database,
  app: string,
  id: string,
  offset: number,
): Promise<Message> {
  const { rows } = await database.run((queries) =>
    sql<Omit<MessageRow, 'conversation_id'>>`
      select ${fields} from nowcast.conversations c
      join nowcast.messages n on n.conversation = c.key and n."offset" = ${offset}
      where c.app = ${app} and c.id = ${id}
    `.execute(queries),
  )
  const [row] = rows
  if (row === undefined) throw messageNotFound()
  return toMessage({ ...row, conversation_id: id })
}

/** Texts that a message had before, newest first. @throws NowcastError `message_not_found` */
export async function readVersions(
  database: Database,
  app: string,
  id: string,
  offset: number,
): Promise<readonly MessageVersion[]> {
  const { rows } = await database.run((queries) =>
    sql<{ readonly body: string | null; readonly replaced_at: Date | null }>`
      select v.body, v.replaced_at from nowcast.conversations c
      join nowcast.messages n on n.conversation = c.key and n."offset" = ${offset}
      left join nowcast.message_versions v on v.conversation = c.key and v."offset" = n."offset"
      where c.app = ${app} and c.id = ${id} order by v.version desc
    `.execute(queries),
  )
  if (rows.length === 0) throw messageNotFound()
  return rows.flatMap(({ body, replaced_at }) =>
    body === null || replaced_at === null ? [] : [{ body, replacedAt: replaced_at.getTime() }],
  )
}

/** Pinned messages, last pinned first. */
export async function readPins(database: Database, app: string, id: string): Promise<readonly Message[]> {
  const { rows } = await database.run((queries) =>
    sql<Omit<MessageRow, 'conversation_id'>>`
      select ${fields} from nowcast.conversations c
      join nowcast.messages n on n.conversation = c.key and n.pinned_at is not null
      where c.app = ${app} and c.id = ${id}
      order by n.pinned_at desc, n."offset" desc limit ${limits.pins}
    `.execute(queries),
  )
  return rows.map((row) => toMessage({ ...row, conversation_id: id }))
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
      select c.id as conversation_id, ${fields}
      from nowcast.messages n
      join nowcast.conversations c on c.key = n.conversation and c.app = ${app}
      join nowcast.members m on m.conversation = n.conversation and m.user_id = ${user}
      where n.body ilike ${pattern} and n.deleted_at is null and ${within}
      order by n.created_at desc, n."offset" desc limit ${search.limit + 1}
    `.execute(queries),
  )
  return { messages: rows.slice(0, search.limit).map(toMessage), more: rows.length > search.limit }
}
