// Apps of the database: their keys, and what differs from what all apps share. Every node hears of each change.
import { type Kysely, sql } from 'kysely'

/** Adds the tables, and what tells the nodes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  // Not jsonb, which forgets the order of keys: of the patterns of channels, the first one that matches holds.
  `create table nowcast.apps (
    id text primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    name text not null,
    enabled boolean not null default true,
    policies json not null default '{}',
    created_at timestamptz not null default now()
  )`,

  // A key that was retired is kept: nobody may get it again.
  `create table nowcast.app_keys (
    key text primary key check (key ~ '^[A-Za-z0-9_-]{1,128}$'),
    app text not null references nowcast.apps (id) on update cascade on delete cascade,
    secret text not null check (secret <> ''),
    created_at timestamptz not null default clock_timestamp(),
    retired_at timestamptz
  )`,
  `create index app_keys_app on nowcast.app_keys (app, created_at)`,

  `create function nowcast.tell_apps() returns trigger language plpgsql as $$
  begin
    perform pg_notify('nowcast_apps', '');
    return null;
  end
  $$`,
  `create trigger tell after insert or update or delete or truncate on nowcast.apps
    for each statement execute function nowcast.tell_apps()`,
  `create trigger tell after insert or update or delete or truncate on nowcast.app_keys
    for each statement execute function nowcast.tell_apps()`,
]
