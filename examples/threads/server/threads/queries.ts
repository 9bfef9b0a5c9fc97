// Threads in the database. Every query names the organization: another one's threads are not there.
import { type Selectable, sql } from 'kysely'
import type { Activity, Thread } from '../../shared/api.ts'
import { recordActivity } from '../activity/queries.ts'
import type { Queries } from '../database/database.ts'
import type { ThreadRows } from '../database/tables.ts'
import { notFound, Refusal } from '../http/refusal.ts'
import type { Actor } from '../sessions/queries.ts'

/** Threads of an organization that are listed. */
const LISTED = 500

/** What may be changed of a thread. */
export type ThreadChange = Partial<Pick<Thread, 'title' | 'description' | 'status'>>

/** What a change did. */
export interface ThreadChanged {
  readonly thread: Thread
  readonly activities: readonly Activity[]
}

/** An organization's threads, those first in which something happened last. */
export async function listThreads(queries: Queries, organization: string): Promise<Thread[]> {
  const rows = await queries
    .selectFrom('threads')
    .selectAll()
    .where('organization', '=', organization)
    .where('deleted_at', 'is', null)
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .limit(LISTED)
    .execute()
  return rows.map(threadOf)
}

/** A thread, when it is the organization's and not deleted. */
export async function findThread(
  queries: Queries,
  organization: string,
  id: string,
): Promise<Thread | undefined> {
  const row = await existing(queries, organization, id).executeTakeFirst()
  return row && threadOf(row)
}

/**
 * A thread that nobody else changes until the transaction ends.
 * @throws Refusal `not_found`
 */
export async function lockThread(transaction: Queries, organization: string, id: string): Promise<Thread> {
  const row = await existing(transaction, organization, id).forNoKeyUpdate().executeTakeFirst()
  if (row === undefined) throw notFound('thread')
  return threadOf(row)
}

/**
 * Makes a thread; `created` is false when it was made before.
 * @throws Refusal `conflict` when the id is something else's
 */
export async function createThread(
  queries: Queries,
  actor: Actor,
  draft: Pick<Thread, 'id' | 'title' | 'description'>,
): Promise<ThreadChanged & { readonly created: boolean }> {
  return queries.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto('threads')
      .values({ ...draft, organization: actor.organization.id, author: actor.user.id })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) {
      const former = await findThread(transaction, actor.organization.id, draft.id)
      if (former?.author === actor.user.id) return { thread: former, activities: [], created: false }
      throw new Refusal('conflict', 'This id is taken.')
    }
    const thread = threadOf(row)
    const activity = await recordActivity(transaction, actor, 'thread:created', thread)
    return { thread, activities: [activity], created: true }
  })
}

/**
 * Changes a thread. A change that changes nothing leaves its version.
 * @param version the one that the change was made for
 * @throws Refusal `not_found`; `conflict` with the current thread when that is another version
 */
export async function changeThread(
  queries: Queries,
  actor: Actor,
  id: string,
  version: number,
  change: ThreadChange,
): Promise<ThreadChanged & { readonly former: Thread }> {
  return queries.transaction().execute(async (transaction) => {
    const former = await lockThread(transaction, actor.organization.id, id)
    if (former.version !== version) {
      throw new Refusal('conflict', 'Somebody else was faster.', { thread: former })
    }
    const wanted = { ...former, ...change }
    const parts = (['title', 'description', 'status'] as const).filter(
      (part) => wanted[part] !== former[part],
    )
    if (parts.length === 0) return { thread: former, activities: [], former }
    const { title, description, status } = wanted
    const row = await transaction
      .updateTable('threads')
      .set({ title, description, status, version: version + 1, updated_at: sql`clock_timestamp()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const thread = threadOf(row)
    const activities: Activity[] = []
    const texts = parts.filter((part) => part !== 'status')
    if (texts.length > 0) {
      activities.push(await recordActivity(transaction, actor, 'thread:updated', thread, texts.join(', ')))
    }
    if (parts.includes('status')) {
      activities.push(await recordActivity(transaction, actor, 'status:changed', thread, status))
    }
    return { thread, activities, former }
  })
}

/**
 * Deletes a thread, for everybody.
 * @throws Refusal `not_found`, also when it was deleted before
 */
export async function deleteThread(queries: Queries, actor: Actor, id: string): Promise<Activity> {
  return queries.transaction().execute(async (transaction) => {
    const thread = await lockThread(transaction, actor.organization.id, id)
    await transaction
      .updateTable('threads')
      .set({ deleted_at: sql`clock_timestamp()` })
      .where('id', '=', id)
      .execute()
    return recordActivity(transaction, actor, 'thread:deleted', thread)
  })
}

/** Adjusts a thread's counters, in the transaction of what was added or removed. */
export async function countInThread(
  transaction: Queries,
  id: string,
  by: { readonly comments?: 1 | -1; readonly items?: 1 | -1 },
): Promise<void> {
  await transaction
    .updateTable('threads')
    .set((row) => ({
      comments: row('comments', '+', by.comments ?? 0),
      items: row('items', '+', by.items ?? 0),
      updated_at: sql`clock_timestamp()`,
    }))
    .where('id', '=', id)
    .execute()
}

const existing = (queries: Queries, organization: string, id: string) =>
  queries
    .selectFrom('threads')
    .selectAll()
    .where('id', '=', id)
    .where('organization', '=', organization)
    .where('deleted_at', 'is', null)

const threadOf = (row: Selectable<ThreadRows>): Thread => ({
  id: row.id,
  title: row.title,
  description: row.description,
  status: row.status,
  author: row.author,
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
  version: row.version,
  comments: row.comments,
  items: row.items,
})
