// What conversations have beside plain messages: roles that may do something, threads, reactions, mentions, pins,
// former texts, streamed messages; and what is known of users and of how far members have come.
import { type Kysely, sql } from 'kysely'

/** Adds the columns, tables and indexes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const ROLES = `('owner', 'admin', 'member')`

const statements = [
  `alter table nowcast.users
    add column status_text text,
    add column last_seen_at timestamptz`,

  `alter table nowcast.conversations
    add column post_role text not null default 'member' check (post_role in ${ROLES}),
    add column invite_role text not null default 'member' check (invite_role in ${ROLES}),
    add column archived_at timestamptz`,

  // Cursors move all the time: room in the page lets a row be replaced without touching an index.
  `alter table nowcast.members set (fillfactor = 50)`,
  // Marks are pairs of an offset and the milliseconds since 1970 at which the cursor came there, newest first.
  `alter table nowcast.members
    drop column status,
    drop column last_seen_at,
    add column delivered_marks bigint[] not null default '{}',
    add column read_marks bigint[] not null default '{}'`,

  // When and by whom a message was received and read follows from the members' cursors and marks.
  `alter table nowcast.messages
    drop column delivered_at,
    drop column read_at,
    add column thread bigint,
    add column replies integer not null default 0,
    add column last_reply_at timestamptz,
    add column mentions text[],
    add column attachments jsonb,
    add column reactions jsonb,
    add column pinned_at timestamptz,
    add column pinned_by text,
    add column streamed boolean not null default false,
    add column streaming boolean not null default false`,
  `alter table nowcast.messages drop constraint messages_body_check`,
  `alter table nowcast.messages add constraint messages_body_check check (octet_length(body) <= 2048 or streamed)`,
  `create index messages_thread on nowcast.messages (conversation, thread, "offset") where thread is not null`,
  `create index messages_pinned on nowcast.messages (conversation, pinned_at desc) where pinned_at is not null`,
  `create index messages_streaming on nowcast.messages (created_at) where streaming`,

  `create table nowcast.mentions (
    conversation bigint not null,
    user_id text not null,
    "offset" bigint not null,
    primary key (conversation, user_id, "offset")
  )`,

  `create table nowcast.message_versions (
    conversation bigint not null,
    "offset" bigint not null,
    version integer not null,
    body text not null,
    replaced_at timestamptz not null default now(),
    primary key (conversation, "offset", version)
  )`,

  `alter table nowcast.conversation_changes drop constraint conversation_changes_kind_check`,
  `alter table nowcast.conversation_changes add constraint conversation_changes_kind_check check (kind in (
    'message:edited', 'message:deleted', 'message:reacted', 'message:pinned', 'message:unpinned', 'message:completed',
    'member:joined', 'member:left', 'member:changed', 'conversation:changed'))`,
]
