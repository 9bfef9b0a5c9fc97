// A conversation's channel: its messages and its other changes, as publications without holes.
import {
  conversationChannel,
  ENVELOPE_VERSION,
  type Json,
  type Position,
  type Publication,
} from '@nowcast/protocol'
import { sql } from 'kysely'
import type { HistoryQuery, HistorySlice } from '../../engine/history.ts'
import type { Database } from './database.ts'
import { findConversation } from './lookup.ts'
import { type MessageRow, messageColumns, toMessage } from './rows.ts'

interface LogRow extends Omit<MessageRow, 'conversation_id' | 'message_id'> {
  readonly offset: number
  readonly kind: string
  readonly actor: string
  readonly at: Date
  readonly data: Json
  readonly message_place: number | null
  readonly message_id: string | null
}

const PLACED_ELSEWHERE = ['offset', 'replies', 'last_reply_at']
const messageFields = sql.join(
  messageColumns
    .filter((column) => !PLACED_ELSEWHERE.includes(column))
    .map((column) => sql.ref(`n.${column}`)),
)

/** Publications of a conversation's channel. @throws NowcastError `conversation_not_found` */
export async function readLog(
  database: Database,
  app: string,
  id: string,
  query: HistoryQuery,
): Promise<HistorySlice> {
  return database.run(async (queries) => {
    const { key, epoch, last_offset: head } = await findConversation(queries, app, id)
    const forward = 'after' in query
    // The head was read first: what is committed meanwhile lies above it and is left out.
    const bound = forward
      ? sql`"offset" > ${query.after} and "offset" <= ${head}`
      : sql`"offset" < ${Math.min(query.before ?? head + 1, head + 1)}`
    const order = forward ? sql`asc` : sql`desc`
    const limit = query.limit + 1
    const { rows } = await sql<LogRow>`
      with places as (
        (select "offset", 'message:created' as kind, null as actor, null::timestamptz as at, null::jsonb as data,
          "offset" as message_place
          from nowcast.messages where conversation = ${key} and ${bound} order by "offset" ${order} limit ${limit})
        union all
        (select "offset", kind, actor, created_at, data, message_offset
          from nowcast.conversation_changes where conversation = ${key} and ${bound}
          order by "offset" ${order} limit ${limit})
        order by "offset" ${order} limit ${limit}
      )
      select p."offset", p.kind, coalesce(p.actor, n.sender) as actor, coalesce(p.at, n.created_at) as at, p.data,
        p.message_place, ${messageFields}, earlier.replies, earlier.last_reply_at
      from places p
      left join nowcast.messages n on n.conversation = ${key} and n."offset" = p.message_place
      -- A reply is an event of its own, which its reader counts: here are those that came before this event.
      left join lateral (
        select count(*)::integer as replies, max(r.created_at) as last_reply_at from nowcast.messages r
        where n.replies > 0 and r.conversation = ${key} and r.thread = n."offset" and r."offset" < p."offset"
      ) earlier on true
      order by p."offset" ${order}
    `.execute(queries)
    const page = rows.slice(0, query.limit)
    if (!forward) page.reverse()
    const publications = page.map((row) => toPublication(id, row))
    return { position: { epoch, offset: head }, publications, more: rows.length > query.limit }
  })
}

/** The newest places of those conversations that exist. */
export async function readPositions(
  database: Database,
  app: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Position>> {
  if (ids.length === 0) return new Map()
  const rows = await database.run((queries) =>
    queries
      .selectFrom('nowcast.conversations')
      .select(['id', 'epoch', 'last_offset'])
      .where('app', '=', app)
      .where('id', '=', sql<string>`any(${ids})`)
      .execute(),
  )
  return new Map(rows.map(({ id, epoch, last_offset }) => [id, { epoch, offset: last_offset }]))
}

function toPublication(conversation: string, row: LogRow): Publication {
  const { message_id, message_place } = row
  const message =
    message_id === null || message_place === null
      ? undefined
      : toMessage({ ...row, message_id, offset: message_place, conversation_id: conversation })
  const created = row.kind === 'message:created' && message !== undefined
  return {
    id: created ? message.id : `${conversation}:${row.offset}`,
    version: ENVELOPE_VERSION,
    channel: conversationChannel(conversation),
    name: row.kind,
    data: message ?? row.data,
    timestamp: row.at.getTime(),
    sender: row.actor,
    offset: row.offset,
  }
}
