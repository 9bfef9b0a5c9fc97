// The tables as queries see them; they are made by the migrations.
import type { ColumnType, Generated } from 'kysely'
import type { ActivityKind, ItemKind, ThreadStatus } from '../../shared/api.ts'

interface Organizations {
  id: string
  name: string
  /** The newest number of the organization's activity. */
  activity_sequence: Generated<number>
}

interface Users {
  id: string
  organization: string
  email: string
  name: string
  avatar: string
  password: string
}

interface Sessions {
  /** SHA-256 of what the cookie holds: who reads the table can't sign in with it. */
  id: string
  user_id: string
  expires_at: Date
}

interface Secrets {
  name: string
  value: string
}

/** A row of `threads`. */
export interface ThreadRows {
  id: string
  organization: string
  title: string
  description: string
  status: Generated<ThreadStatus>
  author: string
  created_at: Generated<Date>
  updated_at: Generated<Date>
  version: Generated<number>
  comments: Generated<number>
  items: Generated<number>
  deleted_at: Date | null
}

/** A row of `comments`. One that was deleted stays, empty, so that its id is never used again. */
export interface CommentRows {
  id: string
  thread: string
  author: string
  body: string
  created_at: Generated<Date>
  edited_at: Date | null
  deleted_at: Date | null
}

/** A row of `items`. One that was removed stays, so that its id is never used again. */
export interface ItemRows {
  id: string
  thread: string
  kind: ItemKind
  title: string
  url: string
  added_by: string
  created_at: Generated<Date>
  deleted_at: Date | null
}

/** A row of `activity`. */
export interface ActivityRows {
  organization: string
  sequence: number
  kind: ActivityKind
  actor: string
  thread: string
  thread_title: string
  detail: string
  at: ColumnType<Date, Date | undefined, never>
}

interface Documents {
  thread: string
  /** One Yjs update that holds the whole text. */
  state: Uint8Array
  updated_at: Generated<Date>
}

/** All tables of the schema `threads`. */
export interface Tables {
  organizations: Organizations
  users: Users
  sessions: Sessions
  secrets: Secrets
  threads: ThreadRows
  comments: CommentRows
  items: ItemRows
  activity: ActivityRows
  documents: Documents
}
