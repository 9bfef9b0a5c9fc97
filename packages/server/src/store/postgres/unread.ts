// What is unread to a member: counted where it is asked for, up to a limit, so that nothing has to be kept in step.
import { limits } from '@nowcast/protocol'
import { type RawBuilder, sql } from 'kysely'
import { NEAR } from './nearness.ts'

/**
 * A query for the counts after a member's place: one row with `messages` and `mentions`. Replies in threads, deleted
 * messages and the member's own are left out.
 */
export function unreadAfter(
  conversation: RawBuilder<unknown>,
  user: RawBuilder<unknown>,
  read: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const most = sql.lit(limits.unread)
  const isUnread = sql`unread.sender <> ${user} and unread.thread is null and unread.deleted_at is null`
  const count = (range: RawBuilder<unknown>) => sql`(
    select count(*) from (
      select from nowcast.messages unread
      where unread.conversation = ${conversation} and ${range} and ${isUnread}
      order by unread."offset" limit ${most}
    ) counted
  )::int`
  // The messages of mentions are looked up one by one: a join may as well read the whole conversation first.
  return sql`
    select
      case when near.messages >= ${most} then near.messages
        else least(${most}, near.messages + ${count(sql`unread."offset" > ${read} + ${NEAR}`)}) end as messages,
      near.mentions
    from (
      select ${count(sql`unread."offset" > ${read} and unread."offset" <= ${read} + ${NEAR}`)} as messages, (
        select count(*) from (
          select from nowcast.mentions mention
          cross join lateral (
            select from nowcast.messages unread
            where unread.conversation = mention.conversation and unread."offset" = mention."offset" and ${isUnread}
            limit 1
          ) unread
          where mention.conversation = ${conversation} and mention.user_id = ${user} and mention."offset" > ${read}
          order by mention."offset" limit ${most}
        ) counted
      )::int as mentions
      offset 0
    ) near
  `
}
