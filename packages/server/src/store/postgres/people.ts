// What is known of users besides their names: what they say of themselves, when they were last there, when they typed.
// Facts come many at a time; rows are taken in one order, so that two nodes never wait for each other.
import { sql } from 'kysely'
import type { LastTyping, Seen, UserFacts } from '../store.ts'
import type { Database } from './database.ts'

/** What is known of those users who are known. */
export async function readFacts(
  database: Database,
  app: string,
  users: readonly string[],
): Promise<ReadonlyMap<string, UserFacts>> {
  const rows = await database.run((queries) =>
    queries
      .selectFrom('nowcast.users')
      .select(['id', 'status_text', 'last_seen_at'])
      .where('app', '=', app)
      .where('id', 'in', users)
      .execute(),
  )
  return new Map(
    rows.map(({ id, status_text, last_seen_at }) => [
      id,
      {
        ...(status_text === null ? {} : { text: status_text }),
        ...(last_seen_at === null ? {} : { lastSeenAt: last_seen_at.getTime() }),
      },
    ]),
  )
}

/** Replaces what a user says of themselves. Answers the database's time, so that the last of several can be told. */
export async function writeStatusText(
  database: Database,
  app: string,
  user: string,
  text: string | null,
): Promise<number> {
  const { rows } = await database.run((queries) =>
    sql<{ at: number }>`
      insert into nowcast.users (app, id, status_text) values (${app}, ${user}, ${text})
      on conflict (app, id) do update set status_text = excluded.status_text
      returning floor(extract(epoch from clock_timestamp()) * 1000000)::bigint as at
    `.execute(queries),
  )
  return rows[0]?.at ?? 0
}

/** Remembers when users were last connected. */
export async function writeSeen(database: Database, app: string, seen: readonly Seen[]): Promise<void> {
  const users = seen.map(({ user }) => user)
  const times = seen.map(({ at }) => at)
  await database.run((queries) =>
    sql`
      insert into nowcast.users as known (app, id, last_seen_at)
      select ${app}, id, to_timestamp(at / 1000.0)
      from unnest(${users}::text[], ${times}::bigint[]) as seen (id, at) order by id
      on conflict (app, id) do update
        set last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)
    `.execute(queries),
  )
}

/** Remembers when members last typed in their conversations. */
export async function writeTyping(
  database: Database,
  app: string,
  typing: readonly LastTyping[],
): Promise<void> {
  const conversations = typing.map(({ conversation }) => conversation)
  const users = typing.map(({ user }) => user)
  const times = typing.map(({ at }) => at)
  await database.run((queries) =>
    sql`
      with typed as (
        select m.conversation, m.user_id, to_timestamp(t.at / 1000.0) as at
        from unnest(${conversations}::text[], ${users}::text[], ${times}::bigint[]) as t (id, user_id, at)
        join nowcast.conversations c on c.app = ${app} and c.id = t.id
        join nowcast.members m on m.conversation = c.key and m.user_id = t.user_id
        order by m.conversation, m.user_id
        for update of m
      )
      update nowcast.members m set last_typing_at = greatest(m.last_typing_at, typed.at)
      from typed where m.conversation = typed.conversation and m.user_id = typed.user_id
    `.execute(queries),
  )
}
