// Messages that are written piece by piece: here is only that they began, and their final body.
import { type Kysely, sql } from 'kysely'
import type { MessageChange, Stream } from '../messageStore.ts'
import type { Database } from './database.ts'
import { appendChange, findConversation } from './lookup.ts'
import { messageNotFound } from './reading.ts'
import { messageColumns, toMessage } from './rows.ts'
import type { Tables } from './tables.ts'

/** The streamed message with that id, or undefined. */
export async function findStream(
  database: Database,
  app: string,
  id: string,
  messageId: string,
): Promise<Stream | undefined> {
  const row = await database.run((queries) =>
    selectStreams(queries, app)
      .where('c.id', '=', id)
      .where('n.streamed', '=', true)
      .where('n.message_id', '=', messageId)
      .orderBy('n.offset')
      .limit(1)
      .executeTakeFirst(),
  )
  return row === undefined ? undefined : toStream(row)
}

/** Streams that began at least `ageMs` ago and have not ended, the oldest first. */
export async function openStreams(
  database: Database,
  app: string,
  ageMs: number,
  limit: number,
): Promise<readonly Stream[]> {
  const rows = await database.run((queries) =>
    selectStreams(queries, app)
      .where('n.streaming', '=', true)
      .where('n.created_at', '<=', sql<Date>`now() - ${ageMs} * interval '1 millisecond'`)
      .orderBy('n.created_at')
      .limit(limit)
      .execute(),
  )
  return rows.map(toStream)
}

/** Stores the final body, once. @throws NowcastError `message_not_found`, `conversation_not_found` */
export async function completeStream(
  database: Database,
  app: string,
  id: string,
  offset: number,
  body: string,
): Promise<MessageChange> {
  return database.transaction(async (queries) => {
    const conversation = await findConversation(queries, app, id, true)
    const row = await queries
      .updateTable('nowcast.messages')
      .set({ body, streaming: false })
      .where('conversation', '=', conversation.key)
      .where('offset', '=', offset)
      .where('streaming', '=', true)
      .returning([...messageColumns, sql<Date>`now()`.as('at')])
      .executeTakeFirst()
    if (row === undefined) {
      const ended = await queries
        .selectFrom('nowcast.messages')
        .select([...messageColumns, sql<Date>`now()`.as('at')])
        .where('conversation', '=', conversation.key)
        .where('offset', '=', offset)
        .executeTakeFirst()
      if (ended === undefined) throw messageNotFound()
      const position = { epoch: conversation.epoch, offset: conversation.last_offset }
      return {
        value: toMessage({ ...ended, conversation_id: id }),
        position,
        changed: false,
        at: ended.at.getTime(),
      }
    }
    const position = await appendChange(queries, conversation, {
      kind: 'message:completed',
      actor: row.sender,
      messageOffset: offset,
    })
    return {
      value: toMessage({ ...row, conversation_id: id }),
      position,
      changed: true,
      at: row.at.getTime(),
    }
  })
}

function selectStreams(queries: Kysely<Tables>, app: string) {
  return queries
    .selectFrom('nowcast.messages as n')
    .innerJoin('nowcast.conversations as c', 'c.key', 'n.conversation')
    .select(['c.id', 'n.message_id', 'n.offset', 'n.sender', 'n.streaming', 'n.deleted_at'])
    .where('c.app', '=', app)
}

function toStream(row: {
  readonly id: string
  readonly message_id: string
  readonly offset: number
  readonly sender: string
  readonly streaming: boolean
  readonly deleted_at: Date | null
}): Stream {
  const { id, message_id, offset, sender, streaming, deleted_at } = row
  return {
    conversation: id,
    messageId: message_id,
    offset,
    sender,
    state: streaming ? 'streaming' : deleted_at === null ? 'complete' : 'deleted',
  }
}
