// What waits for a user in all of the user's conversations.
import type { MessagePage } from '@nowcast/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'
import { NEAR } from './nearness.ts'
import { type JsonMessageRow, toMessageFromJson } from './rows.ts'

/** Others' messages beyond the user's cursors of delivery: the newest, oldest first. */
export async function readInbox(
  database: Database,
  app: string,
  user: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<MessagePage> {
  // Of each conversation its newest are read, whatever their age; they are about as old as their offsets say, so that
  // nothing young enough lies behind one that is too old.
  const most = sql.lit(limit + 1)
  const waiting = (range: RawBuilder<unknown>) => sql`
    select n.conversation, n."offset", n.created_at from nowcast.messages n
    where n.conversation = c.key and ${range} and n.sender <> ${user} and n.deleted_at is null
    order by n."offset" desc limit ${most}
  `
  const { rows } = await database.run((queries) =>
    sql<{ readonly conversation: string; readonly message: JsonMessageRow }>`
      with newest as (
        select c.id, found.* from nowcast.members m
        join nowcast.conversations c on c.key = m.conversation and c.app = ${app}
          and c.last_offset > m.delivered_offset and c.last_activity_at >= to_timestamp(${since / 1_000})
        cross join lateral (
          with near as materialized (
            ${waiting(sql`n."offset" > greatest(m.delivered_offset, c.last_offset - ${NEAR})`)}
          )
          select * from near
          union all (
            select * from (
              ${waiting(sql`n."offset" > m.delivered_offset and n."offset" <= c.last_offset - ${NEAR}`)}
            ) far
            where (select count(*) from near) < ${most}
          )
        ) found
        where m.user_id = ${user} and found.created_at >= to_timestamp(${since / 1_000})
        order by found.created_at desc, c.id desc, found."offset" desc limit ${most}
      )
      select newest.id as conversation, to_jsonb(n) as message
      from newest
      join nowcast.messages n on n.conversation = newest.conversation and n."offset" = newest."offset"
      order by newest.created_at desc, newest.id desc, newest."offset" desc
    `.execute(queries),
  )
  const newest = rows.slice(0, limit).reverse()
  return {
    messages: newest.map(({ conversation, message }) => toMessageFromJson(conversation, message)),
    more: rows.length > limit,
  }
}
