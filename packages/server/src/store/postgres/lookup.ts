// Finding a conversation's row, and taking the next place in its channel.
import { type ConversationEvents, type Json, NowcastError, type Position } from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import { conversationNotFound } from '../roles.ts'
import type { Tables } from './tables.ts'

/** What every operation on a conversation needs of its row. */
export interface ConversationHandle {
  readonly key: number
  readonly kind: Tables['nowcast.conversations']['kind']
  readonly epoch: string
  readonly last_offset: number
}

export { conversationNotFound } from '../roles.ts'

/**
 * The conversation's row, locked until the transaction ends when `lock` is set.
 * @throws NowcastError `conversation_not_found`
 */
export async function findConversation(
  queries: Kysely<Tables>,
  app: string,
  id: string,
  lock = false,
): Promise<ConversationHandle> {
  const query = queries
    .selectFrom('nowcast.conversations')
    .select(['key', 'kind', 'epoch', 'last_offset'])
    .where('app', '=', app)
    .where('id', '=', id)
  const found = await (lock ? query.forUpdate() : query).executeTakeFirst()
  if (found === undefined) throw conversationNotFound()
  return found
}

/** A change that gets a place of its own in a conversation's channel. */
export interface LoggedChange {
  readonly kind: Exclude<keyof ConversationEvents, 'message:created'>
  readonly actor: string
  readonly messageOffset?: number
  readonly data?: Json
}

/** Appends a change to the log of a conversation whose row is locked. */
export async function appendChange(
  queries: Kysely<Tables>,
  conversation: ConversationHandle,
  change: LoggedChange,
): Promise<Position> {
  const { kind, actor, messageOffset = null, data } = change
  const json = data === undefined ? null : JSON.stringify(data)
  const { rows } = await sql<{ offset: number }>`
    select nowcast.append_change(${conversation.key}, ${kind}, ${actor}, ${messageOffset}, ${json}::jsonb) as "offset"
  `.execute(queries)
  const offset = rows[0]?.offset
  if (offset === undefined) throw new NowcastError('internal', 'The database gave no place for a change.')
  return { epoch: conversation.epoch, offset }
}
