// The tables as Kysely knows them.
import type { Attachment, ConversationKind, Metadata, Reaction, Role } from '@nowcast/protocol'
import type { ColumnType, Generated } from 'kysely'

/** 64-bit integers arrive as numbers; see database.ts. */
type BigInteger = number

interface Users {
  app: string
  id: string
  name: string | null
  avatar: string | null
  updated_at: Generated<Date>
  status_text: string | null
  last_seen_at: Date | null
}

interface ConversationRows {
  key: Generated<BigInteger>
  app: string
  id: string
  kind: ConversationKind
  name: string
  support: boolean
  member_count: Generated<number>
  max_members: number
  epoch: Generated<string>
  last_offset: Generated<BigInteger>
  created_by: string | null
  created_at: Generated<Date>
  last_activity_at: Generated<Date>
  post_role: Generated<Role>
  invite_role: Generated<Role>
  archived_at: Date | null
}

interface Members {
  conversation: BigInteger
  user_id: string
  role: Role
  joined_at: Generated<Date>
  last_typing_at: Date | null
  delivered_offset: Generated<BigInteger>
  read_offset: Generated<BigInteger>
  /** Pairs of an offset and milliseconds since 1970, newest first. */
  delivered_marks: Generated<BigInteger[]>
  read_marks: Generated<BigInteger[]>
}

interface Messages {
  conversation: BigInteger
  offset: BigInteger
  message_id: string
  sender: string
  body: string
  metadata: ColumnType<Metadata | null, string | null, string | null>
  created_at: Date
  edited_at: Date | null
  deleted_at: Date | null
  thread: BigInteger | null
  replies: Generated<number>
  last_reply_at: Date | null
  mentions: string[] | null
  attachments: ColumnType<readonly Attachment[] | null, string | null, string | null>
  reactions: ColumnType<readonly Reaction[] | null, string | null, string | null>
  pinned_at: Date | null
  pinned_by: string | null
  streamed: Generated<boolean>
  streaming: Generated<boolean>
}

interface Mentions {
  conversation: BigInteger
  user_id: string
  offset: BigInteger
}

interface MessageVersions {
  conversation: BigInteger
  offset: BigInteger
  version: number
  body: string
  replaced_at: Generated<Date>
}

interface AppRows {
  id: string
  name: string
  enabled: Generated<boolean>
  policies: ColumnType<unknown, string | undefined, string>
  created_at: Generated<Date>
}

interface AppKeys {
  key: string
  app: string
  secret: string
  created_at: Generated<Date>
  retired_at: Date | null
}

/** All tables, by their qualified name. */
export interface Tables {
  'nowcast.apps': AppRows
  'nowcast.app_keys': AppKeys
  'nowcast.users': Users
  'nowcast.conversations': ConversationRows
  'nowcast.members': Members
  'nowcast.messages': Messages
  'nowcast.mentions': Mentions
  'nowcast.message_versions': MessageVersions
}
