// Moving members' cursors, a whole window of receipts in one statement, and reading them.
import { NowcastError, type Receipt } from '@nowcast/protocol'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type CursorDraft, type CursorOutcome, KEPT_MARKS, type MemberCursors } from '../receiptStore.ts'
import type { Database } from './database.ts'
import { findConversation } from './lookup.ts'
import type { Tables } from './tables.ts'
import { unreadAfter } from './unread.ts'

interface OutcomeRow {
  readonly kind: Tables['nowcast.conversations']['kind'] | null
  readonly is_member: boolean
  /** The cursors are null when none has moved. */
  readonly delivered_offset: number | null
  readonly delivered_at: number | null
  readonly read_offset: number | null
  readonly read_at: number | null
  /** These are null when that of reading has not moved. */
  readonly unread: number | null
  readonly unread_mentions: number | null
}

/** Moves cursors; outcomes in the order of the drafts. @throws NowcastError `unavailable` */
export async function moveCursors(
  database: Database,
  drafts: readonly CursorDraft[],
): Promise<readonly CursorOutcome[]> {
  if (drafts.length === 0) return []
  const { rows } = await database.run((queries) => move(drafts).execute(queries))
  return drafts.map(({ user }, index) => toOutcome(user, rows[index]))
}

// The members' rows are locked first, in the order of their keys, so that the statements of several nodes can't
// deadlock; what an earlier holder committed is seen by the update. A cursor that stays where it is costs no write.
function move(drafts: readonly CursorDraft[]): RawBuilder<OutcomeRow> {
  const apps = drafts.map(({ app }) => app)
  const conversations = drafts.map(({ conversation }) => conversation)
  const users = drafts.map(({ user }) => user)
  const delivered = drafts.map((draft) => draft.delivered)
  const read = drafts.map((draft) => draft.read)
  const marksKept = sql.lit(2 * KEPT_MARKS)
  const unread = unreadAfter(sql`moved.conversation`, sql`moved.user_id`, sql`moved.read_offset`)
  return sql<OutcomeRow>`
    with asked as (
      select a.user_id, a.n, c.key, c.kind, least(a.read, c.last_offset) as new_read,
        least(greatest(a.delivered, a.read), c.last_offset) as new_delivered
      from unnest(${apps}::text[], ${conversations}::text[], ${users}::text[], ${delivered}::bigint[], ${read}::bigint[])
        with ordinality as a (app, conversation, user_id, delivered, read, n)
      left join lateral (
        select c.key, c.kind, c.last_offset from nowcast.conversations c
        where c.app = a.app and c.id = a.conversation limit 1
      ) c on true
    ),
    held as (
      select m.conversation, m.user_id, m.read_offset, asked.n, asked.new_read, asked.new_delivered
      from asked join nowcast.members m on m.conversation = asked.key and m.user_id = asked.user_id
      order by m.conversation, m.user_id
      for update of m
    ),
    moved as (
      update nowcast.members m set
        read_offset = greatest(m.read_offset, held.new_read),
        read_marks = case when held.new_read <= m.read_offset then m.read_marks
          else (array[held.new_read, at.ms] || m.read_marks)[1:${marksKept}] end,
        delivered_offset = greatest(m.delivered_offset, held.new_delivered),
        delivered_marks = case when held.new_delivered <= m.delivered_offset then m.delivered_marks
          else (array[held.new_delivered, at.ms] || m.delivered_marks)[1:${marksKept}] end
      from held, (select floor(extract(epoch from now()) * 1000)::bigint as ms) at
      where m.conversation = held.conversation and m.user_id = held.user_id
        and (held.new_read > m.read_offset or held.new_delivered > m.delivered_offset)
      returning held.n, m.conversation, m.user_id, m.delivered_offset, m.delivered_marks[2] as delivered_at,
        m.read_offset, m.read_marks[2] as read_at, m.read_offset > held.read_offset as has_read
    )
    select asked.kind, held.n is not null as is_member, moved.delivered_offset, moved.delivered_at, moved.read_offset,
      moved.read_at, unread.messages as unread, unread.mentions as unread_mentions
    from asked
    left join held on held.n = asked.n
    left join moved on moved.n = asked.n
    left join lateral (${unread}) unread on moved.has_read
    order by asked.n
  `
}

/** How far all members have come. @throws NowcastError `conversation_not_found` */
export async function readCursors(
  database: Database,
  app: string,
  id: string,
): Promise<readonly MemberCursors[]> {
  return database.run(async (queries) => {
    const { key } = await findConversation(queries, app, id)
    return selectCursors(queries, sql`m.conversation = ${key}`)
  })
}

/** Whom a message has reached. @throws NowcastError `conversation_not_found`, `message_not_found` */
export async function readCursorsBeyond(
  database: Database,
  app: string,
  id: string,
  offset: number,
): Promise<readonly MemberCursors[]> {
  return database.run(async (queries) => {
    const { key } = await findConversation(queries, app, id)
    const message = sql`from nowcast.messages n where n.conversation = ${key} and n."offset" = ${offset}`
    const { rows } = await sql`select ${message}`.execute(queries)
    if (rows.length === 0) throw new NowcastError('message_not_found', 'There is no such message.')
    // The cursors of who came later began behind it.
    const isReached = sql`exists (select ${message} and n.sender <> m.user_id and n.created_at >= m.joined_at)`
    return selectCursors(
      queries,
      sql`m.conversation = ${key} and m.delivered_offset >= ${offset} and ${isReached}`,
    )
  })
}

async function selectCursors(
  queries: Kysely<Tables>,
  condition: RawBuilder<unknown>,
): Promise<readonly MemberCursors[]> {
  const { rows } = await sql<{
    user_id: string
    delivered_offset: number
    delivered_marks: number[]
    read_offset: number
    read_marks: number[]
  }>`
    select m.user_id, m.delivered_offset, m.delivered_marks, m.read_offset, m.read_marks
    from nowcast.members m where ${condition} order by m.user_id
  `.execute(queries)
  return rows.map((row) => ({
    user: row.user_id,
    delivered: row.delivered_offset,
    deliveredMarks: row.delivered_marks,
    read: row.read_offset,
    readMarks: row.read_marks,
  }))
}

function toOutcome(user: string, row: OutcomeRow | undefined): CursorOutcome {
  if (row === undefined) throw new NowcastError('internal', 'The database gave no outcome for a receipt.')
  if (!row.is_member) return { outcome: row.kind === 'open' ? 'not_a_member' : 'conversation_not_found' }
  const { delivered_offset, read_offset } = row
  if (delivered_offset === null || read_offset === null) return { outcome: 'kept' }
  const receipt: Receipt = {
    user,
    delivered: delivered_offset,
    ...(row.delivered_at === null ? {} : { deliveredAt: row.delivered_at }),
    read: read_offset,
    ...(row.read_at === null ? {} : { readAt: row.read_at }),
  }
  const { unread, unread_mentions } = row
  if (unread === null || unread_mentions === null) return { outcome: 'kept', receipt }
  return {
    outcome: 'kept',
    receipt,
    unread: { read: read_offset, unread, unreadMentions: unread_mentions },
  }
}
