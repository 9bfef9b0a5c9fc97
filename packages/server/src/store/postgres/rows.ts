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
  readonly last_message:
    | (Omit<MessageRow, 'created_at' | 'edited_at' | 'deleted_at'> & {
        readonly created_ms: number
        readonly edited_ms: number | null
        readonly deleted_ms: number | null
      })
    | null
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
    ...(last === null
      ? {}
      : {
          lastMessage: toMessage({
            ...last,
            created_at: new Date(last.created_ms),
            edited_at: last.edited_ms === null ? null : new Date(last.edited_ms),
            deleted_at: last.deleted_ms === null ? null : new Date(last.deleted_ms),
          }),
        }),
  }
}

/** A user's profile from columns. */
export function toProfile(id: string, name: string | null, avatar: string | null) {
  return { id, ...(name === null ? {} : { name }), ...(avatar === null ? {} : { avatar }) }
}
