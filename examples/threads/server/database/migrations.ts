// The tables of Threads, in a schema of their own, made at the first start.
import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** The PostgreSQL schema that everything lives in. */
export const SCHEMA = 'threads'

const statements = [
  `create table threads.organizations (
    id text primary key,
    name text not null,
    activity_sequence integer not null default 0
  )`,

  `create table threads.users (
    id text primary key,
    organization text not null references threads.organizations,
    email text not null unique,
    name text not null,
    avatar text not null,
    password text not null
  )`,
  `create index users_organization on threads.users (organization)`,

  `create table threads.sessions (
    id text primary key,
    user_id text not null references threads.users,
    expires_at timestamptz not null
  )`,
  `create index sessions_expiry on threads.sessions (expires_at)`,

  `create table threads.secrets (name text primary key, value text not null)`,

  // Ids are unique over all organizations, for a thread's channel is named by its id alone.
  `create table threads.threads (
    id text primary key,
    organization text not null references threads.organizations,
    title text not null,
    description text not null,
    status text not null default 'open' check (status in ('open', 'in-progress', 'resolved', 'archived')),
    author text not null references threads.users,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    version integer not null default 1,
    comments integer not null default 0,
    items integer not null default 0,
    deleted_at timestamptz
  )`,
  `create index threads_newest on threads.threads (organization, updated_at desc) where deleted_at is null`,

  `create table threads.comments (
    id text primary key,
    thread text not null references threads.threads,
    author text not null references threads.users,
    body text not null,
    created_at timestamptz not null default clock_timestamp(),
    edited_at timestamptz,
    deleted_at timestamptz
  )`,
  `create index comments_thread on threads.comments (thread, created_at desc, id desc) where deleted_at is null`,

  `create table threads.items (
    id text primary key,
    thread text not null references threads.threads,
    kind text not null check (kind in ('link', 'task', 'file')),
    title text not null,
    url text not null,
    added_by text not null references threads.users,
    created_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz
  )`,
  `create index items_thread on threads.items (thread, created_at) where deleted_at is null`,

  `create table threads.activity (
    organization text not null references threads.organizations,
    sequence integer not null,
    kind text not null,
    actor text not null references threads.users,
    thread text not null references threads.threads,
    thread_title text not null,
    detail text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (organization, sequence)
  )`,

  `create table threads.documents (
    thread text primary key references threads.threads,
    state bytea not null,
    updated_at timestamptz not null default now()
  )`,
]

const migrations: Readonly<Record<string, Migration>> = {
  '001_threads': {
    async up(db) {
      for (const statement of statements) await sql.raw(statement).execute(db)
    },
  },
}

/** Brings the database to this version. Several backends may start at once: one migrates, the others wait for it. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: SCHEMA,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
