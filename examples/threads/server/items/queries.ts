// What threads are connected with, in the database. Everybody of the organization may add and remove.
import { type Selectable, sql } from 'kysely'
import type { Activity, Item } from '../../shared/api.ts'
import { recordActivity } from '../activity/queries.ts'
import type { Queries } from '../database/database.ts'
import type { ItemRows } from '../database/tables.ts'
import { notFound, Refusal } from '../http/refusal.ts'
import type { Actor } from '../sessions/queries.ts'
import { countInThread, lockThread } from '../threads/queries.ts'

const MAX_ITEMS = 200

/** The items of a thread, oldest first. */
export async function listItems(queries: Queries, thread: string): Promise<Item[]> {
  const rows = await queries
    .selectFrom('items')
    .selectAll()
    .where('thread', '=', thread)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(MAX_ITEMS)
    .execute()
  return rows.map(itemOf)
}

/** What was added. */
export interface ItemAdded {
  readonly item: Item
  /** Undefined when it was added before. */
  readonly activity: Activity | undefined
}

/**
 * Adds an item; sent again, it is the one that was added before.
 * @throws Refusal `not_found` when there is no such thread, or the item was removed; `conflict` when the id is another's,
 * or the thread has as many items as it may
 */
export async function addItem(
  queries: Queries,
  actor: Actor,
  threadId: string,
  draft: Pick<Item, 'id' | 'kind' | 'title' | 'url'>,
): Promise<ItemAdded> {
  return queries.transaction().execute(async (transaction) => {
    const thread = await lockThread(transaction, actor.organization.id, threadId)
    const row = await transaction
      .insertInto('items')
      .values({ ...draft, thread: thread.id, added_by: actor.user.id })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined)
      return { item: await former(transaction, actor, threadId, draft.id), activity: undefined }
    if (thread.items >= MAX_ITEMS) throw new Refusal('conflict', `A thread has at most ${MAX_ITEMS} items.`)
    await countInThread(transaction, thread.id, { items: 1 })
    const activity = await recordActivity(transaction, actor, 'item:added', thread, draft.title)
    return { item: itemOf(row), activity }
  })
}

/** Removes an item. @returns what it was @throws Refusal `not_found` */
export async function removeItem(queries: Queries, actor: Actor, id: string): Promise<Item> {
  return queries.transaction().execute(async (transaction) => {
    const found = await existing(transaction, id).executeTakeFirst()
    if (found === undefined) throw notFound('item')
    await lockThread(transaction, actor.organization.id, found.thread)
    const row = await existing(transaction, id).executeTakeFirst()
    if (row === undefined) throw notFound('item')
    await transaction
      .updateTable('items')
      .set({ deleted_at: sql`clock_timestamp()` })
      .where('id', '=', id)
      .execute()
    await countInThread(transaction, row.thread, { items: -1 })
    return itemOf(row)
  })
}

async function former(transaction: Queries, actor: Actor, thread: string, id: string): Promise<Item> {
  const row = await transaction.selectFrom('items').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  if (row.thread !== thread || row.added_by !== actor.user.id)
    throw new Refusal('conflict', 'This id is taken.')
  if (row.deleted_at !== null) throw notFound('item')
  return itemOf(row)
}

const existing = (queries: Queries, id: string) =>
  queries.selectFrom('items').selectAll().where('id', '=', id).where('deleted_at', 'is', null)

const itemOf = (row: Selectable<ItemRows>): Item => ({
  id: row.id,
  thread: row.thread,
  kind: row.kind,
  title: row.title,
  url: row.url,
  addedBy: row.added_by,
  createdAt: row.created_at.getTime(),
})
