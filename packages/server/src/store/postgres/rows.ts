// From rows to what the protocol speaks of.
import type {
  Attachment,
  Conversation,
  ConversationKind,
  Message,
  Metadata,
  Reaction,
  Role,
} from '@nowcast/protocol'

/** Names of the columns that `toMessage` reads, beside the conversation's id. */
export const messageColumns = [
  'offset',
  'message_id',
  'sender',
  'body',
  'metadata',
  'created_at',
  'edited_at',
  'deleted_at',
  'thread',
  'replies',
  'last_reply_at',
  'mentions',
  'attachments',
  'reactions',
  'pinned_at',
  'pinned_by',
  'streaming',
] as const

/** A message's columns. Those that only few messages fill may be left out. */
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
  readonly thread?: number | null | undefined
  readonly replies?: number | undefined
  readonly last_reply_at?: Date | null | undefined
  readonly mentions?: readonly string[] | null | undefined
  readonly attachments?: readonly Attachment[] | null | undefined
  readonly reactions?: readonly Reaction[] | null | undefined
  readonly pinned_at?: Date | null | undefined
  readonly pinned_by?: string | null | undefined
  readonly streaming?: boolean | undefined
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
    ...(row.thread == null ? {} : { thread: row.thread }),
    ...(row.replies ? { replies: row.replies } : {}),
    ...(row.last_reply_at == null ? {} : { lastReplyAt: row.last_reply_at.getTime() }),
    ...(row.mentions?.length ? { mentions: row.mentions } : {}),
    ...(row.attachments?.length ? { attachments: row.attachments } : {}),
    ...(row.reactions?.length ? { reactions: row.reactions } : {}),
    ...(row.pinned_at == null ? {} : { pinnedAt: row.pinned_at.getTime() }),
    ...(row.pinned_by == null ? {} : { pinnedBy: row.pinned_by }),
    ...(row.streaming ? { streaming: true } : {}),
  }
}

/** A message's columns as `to_jsonb` shows them: times are texts. */
export type JsonMessageRow = Omit<
  MessageRow,
  'conversation_id' | 'created_at' | 'edited_at' | 'deleted_at' | 'last_reply_at' | 'pinned_at'
> & {
  readonly created_at: string
  readonly edited_at: string | null
  readonly deleted_at: string | null
  readonly last_reply_at: string | null
  readonly pinned_at: string | null
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
    last_reply_at: toDate(row.last_reply_at),
    pinned_at: toDate(row.pinned_at),
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
