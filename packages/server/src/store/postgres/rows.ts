// From rows to what the protocol speaks of.
import type { Conversation, ConversationKind, Message, Metadata, Role } from '@nowcast/protocol'

/** A message's columns. */
export interface MessageRow {
  readonly conversation_id: string
  readonly offset: number
  readonly message_id: string
  readonly sender: string
  readonly body: string
  readonly metadata: Metadata | null
  readonly created_at: Date
  readonly edited_at: Date | null
  readonly deleted_at: Date | null
}

/** The message of a row. */
export function toMessage(row: MessageRow): Message {
  return {
    id: row.message_id,
    conversation: row.conversation_id,
    offset: row.offset,
    sender: row.sender,
    body: row.body,
    ...(row.metadata === null ? {} : { metadata: row.metadata }),
    createdAt: row.created_at.getTime(),
    ...(row.edited_at === null ? {} : { editedAt: row.edited_at.getTime() }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at.getTime() }),
  }
}

/** A message's columns as `to_jsonb` shows them: times are texts. */
export type JsonMessageRow = {
  readonly [Column in Exclude<keyof MessageRow, 'conversation_id'>]: Date extends MessageRow[Column]
    ? Exclude<MessageRow[Column], Date> | string
    : MessageRow[Column]
}

/** The message of a row that travelled as JSON. */
export function toMessageFromJson(conversation: string, row: JsonMessageRow): Message {
  const toDate = (time: string | null) => (time === null ? null : new Date(time))
  return toMessage({
    ...row,
    conversation_id: conversation,
    created_at: new Date(row.created_at),
    edited_at: toDate(row.edited_at),
    deleted_at: toDate(row.deleted_at),
  })
}

/** A conversation's columns as one user sees them, with its newest message where there is one. */
export interface ConversationRow {
  readonly id: string
  readonly kind: ConversationKind
  readonly name: string
  readonly support: boolean
  readonly member_count: number
  readonly created_at: Date
  readonly epoch: string
  readonly last_offset: number
  readonly role: Role | null
  readonly post_role: Role
  readonly invite_role: Role
  readonly archived_at: Date | null
  readonly peer_id: string | null
  readonly peer_name: string | null
  readonly peer_avatar: string | null
  readonly read_offset: number | null
  readonly unread: number | null
  readonly unread_mentions: number | null
  readonly last_message: JsonMessageRow | null
}

/** The conversation of a row. */
export function toConversation(row: ConversationRow): Conversation {
  const last = row.last_message
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    support: row.support,
    memberCount: row.member_count,
    createdAt: row.created_at.getTime(),
    position: { epoch: row.epoch, offset: row.last_offset },
    permissions: { post: row.post_role, invite: row.invite_role },
    ...(row.archived_at === null ? {} : { archivedAt: row.archived_at.getTime() }),
    ...(row.role === null ? {} : { role: row.role }),
    ...(row.peer_id === null ? {} : { peer: toProfile(row.peer_id, row.peer_name, row.peer_avatar) }),
    ...(last === null ? {} : { lastMessage: toMessageFromJson(row.id, last) }),
    ...(row.role === null
      ? {}
      : {
          read: row.read_offset ?? 0,
          unread: row.unread ?? 0,
          unreadMentions: row.unread_mentions ?? 0,
        }),
  }
}

/** A user's profile from columns. */
export function toProfile(id: string, name: string | null, avatar: string | null) {
  return { id, ...(name === null ? {} : { name }), ...(avatar === null ? {} : { avatar }) }
}
