// An organization's activity feed: numbered 1, 2, 3… without holes, each line written with what it tells of.
import type { Selectable } from 'kysely'
import type { Activity, Thread } from '../../shared/api.ts'
import type { Queries } from '../database/database.ts'
import type { ActivityRows } from '../database/tables.ts'
import type { Actor } from '../sessions/queries.ts'

const LISTED = 50
const MAX_DETAIL = 140

/** The newest lines of the feed, newest first. @param after only what came since that sequence */
export async function listActivity(
  queries: Queries,
  organization: string,
  after: number,
): Promise<Activity[]> {
  const rows = await queries
    .selectFrom('activity')
    .selectAll()
    .where('organization', '=', organization)
    .where('sequence', '>', after)
    .orderBy('sequence', 'desc')
    .limit(LISTED)
    .execute()
  return rows.map(activityOf)
}

/**
 * Adds a line, in the transaction of what it tells of. The organization's row is locked until that ends, so lines become
 * visible in the order of their numbers.
 */
export async function recordActivity(
  transaction: Queries,
  { user, organization }: Actor,
  kind: Activity['kind'],
  thread: Pick<Thread, 'id' | 'title'>,
  detail = '',
): Promise<Activity> {
  const { activity_sequence } = await transaction
    .updateTable('organizations')
    .set((row) => ({ activity_sequence: row('activity_sequence', '+', 1) }))
    .where('id', '=', organization.id)
    .returning('activity_sequence')
    .executeTakeFirstOrThrow()
  const row = await transaction
    .insertInto('activity')
    .values({
      organization: organization.id,
      sequence: activity_sequence,
      kind,
      actor: user.id,
      thread: thread.id,
      thread_title: thread.title,
      detail: beginningOf(detail),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return activityOf(row)
}

/** The first characters, none of them cut in two. */
function beginningOf(detail: string): string {
  const characters = Array.from(detail)
  return characters.length <= MAX_DETAIL ? detail : `${characters.slice(0, MAX_DETAIL - 1).join('')}…`
}

const activityOf = (row: Selectable<ActivityRows>): Activity => ({
  sequence: row.sequence,
  kind: row.kind,
  actor: row.actor,
  thread: row.thread,
  threadTitle: row.thread_title,
  detail: row.detail,
  at: row.at.getTime(),
})
