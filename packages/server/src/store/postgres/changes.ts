// Changing messages: their text, their end, reactions and pins. Everything is decided while the conversation's row is
// locked, so that who asks is a member with that role at that very moment.
import { limits, type Message, NowcastError, type Role } from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import type { MessageChange } from '../messageStore.ts'
import type { Database } from './database.ts'
import { appendChange, type ConversationHandle, conversationNotFound, findConversation } from './lookup.ts'
import { withoutReaction, withReaction } from './reactions.ts'
import { messageNotFound } from './reading.ts'
import { type MessageRow, messageColumns, toMessage } from './rows.ts'
import type { Tables } from './tables.ts'

/** Former texts that are kept of one message. */
const MAX_VERSIONS = 50

/** Who wants to change which message. */
export interface MessageAddress {
  readonly app: string
  readonly conversation: string
  readonly offset: number
  readonly user: string
}

/** A message in a locked conversation, and what the asking user is there. */
interface Subject {
  readonly queries: Kysely<Tables>
  readonly address: MessageAddress
  readonly conversation: ConversationHandle
  readonly role: Role
  readonly archived: boolean
  readonly message: Message
  /** The moment of the transaction. */
  readonly at: Date
}

/** @throws NowcastError as `MessageStore.edit` */
export function editMessage(
  database: Database,
  address: MessageAddress,
  body: string,
): Promise<MessageChange> {
  return change(database, address, async (subject) => {
    const { queries, conversation, message } = subject
    if (message.sender !== address.user) throw forbidden("This is another's message.")
    requireOpen(subject)
    if (body.trim() === '' && message.attachments === undefined) {
      throw new NowcastError('body_empty', 'A message needs a body.', { field: 'body' })
    }
    if (message.body === body) return unchanged(subject)
    await sql`
      with former as (
        insert into nowcast.message_versions (conversation, "offset", version, body)
        select n.conversation, n."offset", 1 + coalesce((
          select max(v.version) from nowcast.message_versions v
          where v.conversation = n.conversation and v."offset" = n."offset"
        ), 0), n.body
        from nowcast.messages n where n.conversation = ${conversation.key} and n."offset" = ${address.offset}
        returning version
      )
      delete from nowcast.message_versions v using former
      where v.conversation = ${conversation.key} and v."offset" = ${address.offset}
        and v.version <= former.version - ${MAX_VERSIONS}
    `.execute(queries)
    return update(subject, 'message:edited', { body, edited_at: subject.at })
  })
}

/** @throws NowcastError as `MessageStore.delete` */
export function deleteMessage(database: Database, address: MessageAddress): Promise<MessageChange> {
  return change(database, address, async (subject) => {
    const { queries, conversation, message, role } = subject
    if (message.sender !== address.user && role === 'member') throw forbidden("This is another's message.")
    if (message.deletedAt !== undefined) return unchanged(subject)
    await queries
      .deleteFrom('nowcast.message_versions')
      .where('conversation', '=', conversation.key)
      .where('offset', '=', address.offset)
      .execute()
    if (message.mentions !== undefined) {
      await queries
        .deleteFrom('nowcast.mentions')
        .where('conversation', '=', conversation.key)
        .where('user_id', 'in', message.mentions)
        .where('offset', '=', address.offset)
        .execute()
    }
    return update(subject, 'message:deleted', {
      body: '',
      metadata: null,
      mentions: null,
      attachments: null,
      reactions: null,
      pinned_at: null,
      pinned_by: null,
      streaming: false,
      deleted_at: subject.at,
    })
  })
}

/** @throws NowcastError as `MessageStore.react` */
export function reactToMessage(
  database: Database,
  address: MessageAddress,
  { emoji, on }: { readonly emoji: string; readonly on: boolean },
): Promise<MessageChange> {
  return change(database, address, async (subject) => {
    requireOpen(subject)
    const before = subject.message.reactions ?? []
    const has = before.some((reaction) => reaction.emoji === emoji && reaction.users.includes(address.user))
    if (has === on) return unchanged(subject)
    const reactions = on
      ? withReaction(before, emoji, address.user)
      : withoutReaction(before, emoji, address.user)
    if (reactions.length > limits.reactions) {
      throw new NowcastError(
        'too_many_reactions',
        `A message has at most ${limits.reactions} different reactions.`,
        { field: 'emoji' },
      )
    }
    const stored = reactions.length === 0 ? null : JSON.stringify(reactions)
    return update(subject, 'message:reacted', { reactions: stored })
  })
}

/** @throws NowcastError as `MessageStore.pin` */
export function pinMessage(
  database: Database,
  address: MessageAddress,
  pinned: boolean,
): Promise<MessageChange> {
  return change(database, address, async (subject) => {
    const { queries, conversation, message, role } = subject
    if (role === 'member' && conversation.kind !== 'direct') {
      throw forbidden('Only the owner and admins pin messages.')
    }
    requireOpen(subject)
    if ((message.pinnedAt !== undefined) === pinned) return unchanged(subject)
    if (!pinned) return update(subject, 'message:unpinned', { pinned_at: null, pinned_by: null })
    const { count } = await queries
      .selectFrom('nowcast.messages')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('conversation', '=', conversation.key)
      .where('pinned_at', 'is not', null)
      .executeTakeFirstOrThrow()
    if (count >= limits.pins) {
      throw new NowcastError(
        'invalid_command',
        `A conversation has at most ${limits.pins} pinned messages.`,
        {
          field: 'pinned',
        },
      )
    }
    return update(subject, 'message:pinned', { pinned_at: subject.at, pinned_by: address.user })
  })
}

function change(
  database: Database,
  address: MessageAddress,
  make: (subject: Subject) => Promise<MessageChange>,
): Promise<MessageChange> {
  return database.transaction(async (queries) => make(await find(queries, address)))
}

/** Locks the conversation and reads, in a statement of its own that sees what its last holder committed. */
async function find(queries: Kysely<Tables>, address: MessageAddress): Promise<Subject> {
  const { app, conversation: id, offset, user } = address
  const conversation = await findConversation(queries, app, id, true)
  const place = await queries
    .selectFrom('nowcast.conversations as c')
    .leftJoin('nowcast.members as m', (join) =>
      join.onRef('m.conversation', '=', 'c.key').on('m.user_id', '=', user),
    )
    .select(['m.role', 'c.archived_at', sql<Date>`now()`.as('at')])
    .where('c.key', '=', conversation.key)
    .executeTakeFirstOrThrow()
  if (place.role === null) {
    throw conversation.kind === 'open'
      ? new NowcastError('not_a_member', 'You are not a member of this conversation.')
      : conversationNotFound()
  }
  const row = await queries
    .selectFrom('nowcast.messages')
    .select(messageColumns)
    .where('conversation', '=', conversation.key)
    .where('offset', '=', offset)
    .executeTakeFirst()
  if (row === undefined) throw messageNotFound()
  const { role, archived_at, at } = place
  const message = toMessage({ ...row, conversation_id: id })
  return { queries, address, conversation, role, archived: archived_at !== null, message, at }
}

/** @throws NowcastError when the message, or its conversation, takes no changes any more or not yet */
function requireOpen({ archived, message }: Subject): void {
  if (archived) throw new NowcastError('conversation_archived', 'This conversation was archived.')
  if (message.deletedAt !== undefined) throw new NowcastError('message_deleted', 'This message was deleted.')
  if (message.streaming) {
    throw new NowcastError('message_streaming', 'This message is still being written.')
  }
}

type ChangedColumns = {
  readonly [Column in keyof MessageRow]?: Column extends 'metadata' | 'attachments' | 'reactions'
    ? string | null
    : Column extends 'mentions'
      ? null
      : MessageRow[Column]
}

async function update(
  { queries, address, conversation, at }: Subject,
  kind: 'message:edited' | 'message:deleted' | 'message:reacted' | 'message:pinned' | 'message:unpinned',
  values: Omit<ChangedColumns, 'conversation_id'>,
): Promise<MessageChange> {
  const { conversation: id, offset, user } = address
  const row = await queries
    .updateTable('nowcast.messages')
    .set(values)
    .where('conversation', '=', conversation.key)
    .where('offset', '=', offset)
    .returning(messageColumns)
    .executeTakeFirstOrThrow()
  const position = await appendChange(queries, conversation, { kind, actor: user, messageOffset: offset })
  const value = toMessage({ ...row, conversation_id: id })
  return { value, position, changed: true, at: at.getTime() }
}

function unchanged({ conversation, message, at }: Subject): MessageChange {
  const position = { epoch: conversation.epoch, offset: conversation.last_offset }
  return { value: message, position, changed: false, at: at.getTime() }
}

const forbidden = (sentence: string) => new NowcastError('forbidden', sentence)
