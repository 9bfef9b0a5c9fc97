// What waits for a user in all of the user's conversations.
import type { MessagePage } from '@nowcast/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { type JsonMessageRow, toMessageFromJson } from './rows.ts'

/** Others' messages beyond the user's cursors of delivery: the newest, oldest first. */
export async function readInbox(
  database: Database,
  app: string,
  user: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<MessagePage> {
  // Of each conversation its newest are read, whatever their age, by the primary key; they are about as old as their
  // offsets say, so that nothing young enough lies behind one that is too old.
  const { rows } = await database.run((queries) =>
    sql<{ readonly conversation: string; readonly message: JsonMessageRow }>`
      select c.id as conversation, to_jsonb(n) as message
      from nowcast.members m
      join nowcast.conversations c on c.key = m.conversation and c.app = ${app}
        and c.last_offset > m.delivered_offset and c.last_activity_at >= to_timestamp(${since / 1_000})
      cross join lateral (
        select n.* from nowcast.messages n
        where n.conversation = m.conversation and n."offset" > m.delivered_offset and n.sender <> ${user}
          and n.deleted_at is null
        order by n."offset" desc limit ${limit + 1}
      ) n
      where m.user_id = ${user} and n.created_at >= to_timestamp(${since / 1_000})
      order by n.created_at desc, c.id desc, n."offset" desc limit ${limit + 1}
    `.execute(queries),
  )
  const newest = rows.slice(0, limit).reverse()
  return {
    messages: newest.map(({ conversation, message }) => toMessageFromJson(conversation, message)),
    more: rows.length > limit,
  }
}
