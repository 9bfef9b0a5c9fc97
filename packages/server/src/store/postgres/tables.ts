// The tables as Kysely knows them.
import type { ConversationKind, Metadata, Role } from '@nowcast/protocol'
import type { ColumnType, Generated } from 'kysely'

/** 64-bit integers arrive as numbers; see database.ts. */
type BigInteger = number

interface Users {
  app: string
  id: string
  name: string | null
  avatar: string | null
  updated_at: Generated<Date>
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
}

interface Members {
  conversation: BigInteger
  user_id: string
  role: Role
  status: Generated<string>
  joined_at: Generated<Date>
  last_seen_at: Date | null
  last_typing_at: Date | null
  delivered_offset: Generated<BigInteger>
  read_offset: Generated<BigInteger>
}

interface Messages {
  conversation: BigInteger
  offset: BigInteger
  message_id: string
  sender: string
  body: string
  metadata: ColumnType<Metadata | null, string | null, string | null>
  created_at: Date
  delivered_at: Date | null
  read_at: Date | null
  edited_at: Date | null
  deleted_at: Date | null
}

/** All tables, by their qualified name. */
export interface Tables {
  'nowcast.users': Users
  'nowcast.conversations': ConversationRows
  'nowcast.members': Members
  'nowcast.messages': Messages
}
