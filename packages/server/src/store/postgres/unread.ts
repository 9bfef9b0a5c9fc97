// What is unread to a member: counted where it is asked for, up to a limit, so that nothing has to be kept in step.
import { limits } from '@nowcast/protocol'
import { type RawBuilder, sql } from 'kysely'

/**
 * A query for the counts after a member's place: one row with `messages` and `mentions`. Replies in threads, deleted
 * messages and the member's own are left out.
 */
export function unreadAfter(
  conversation: RawBuilder<unknown>,
  user: RawBuilder<unknown>,
  read: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const isUnread = sql`unread.sender <> ${user} and unread.thread is null and unread.deleted_at is null`
  return sql`
    select (
      select count(*) from (
        select from nowcast.messages unread
        where unread.conversation = ${conversation} and unread."offset" > ${read} and ${isUnread}
        order by unread."offset" limit ${sql.lit(limits.unread)}
      ) counted
    )::int as messages, (
      select count(*) from (
        select from nowcast.mentions mention
        join nowcast.messages unread
          on unread.conversation = mention.conversation and unread."offset" = mention."offset" and ${isUnread}
        where mention.conversation = ${conversation} and mention.user_id = ${user} and mention."offset" > ${read}
        order by mention."offset" limit ${sql.lit(limits.unread)}
      ) counted
    )::int as mentions
  `
}
