// Comments in the database: who may reach a thread may read and write them, and its author alone changes one.
import { type Selectable, sql } from 'kysely'
import type { Activity, Comment } from '../../shared/api.ts'
import { recordActivity } from '../activity/queries.ts'
import type { Queries } from '../database/database.ts'
import type { CommentRows } from '../database/tables.ts'
import { notFound, Refusal } from '../http/refusal.ts'
import type { Actor } from '../sessions/queries.ts'
import { countInThread, lockThread } from '../threads/queries.ts'

/** Comments that are listed at once. */
const LISTED = 1_000

/** The newest comments of a thread, oldest first. @param before only older ones than this comment */
export async function listComments(queries: Queries, thread: string, before?: string): Promise<Comment[]> {
  let comments = queries
    .selectFrom('comments')
    .selectAll()
    .where('thread', '=', thread)
    .where('deleted_at', 'is', null)
  if (before !== undefined) {
    const place = queries.selectFrom('comments').where('id', '=', before).where('thread', '=', thread)
    comments = comments.where(({ eb, refTuple }) =>
      eb(refTuple('created_at', 'id'), '<', place.select(['created_at', 'id']).$asTuple('created_at', 'id')),
    )
  }
  const rows = await comments.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(LISTED).execute()
  return rows.reverse().map(commentOf)
}

/** What was written. */
export interface CommentCreated {
  readonly comment: Comment
  /** Undefined when it was written before. */
  readonly activity: Activity | undefined
}

/**
 * Writes a comment; sent again, it is the one that was written before.
 * @throws Refusal `not_found` when there is no such thread, or the comment was deleted; `conflict` when the id is another's
 */
export async function createComment(
  queries: Queries,
  actor: Actor,
  threadId: string,
  draft: Pick<Comment, 'id' | 'body'>,
): Promise<CommentCreated> {
  return queries.transaction().execute(async (transaction) => {
    const thread = await lockThread(transaction, actor.organization.id, threadId)
    const row = await transaction
      .insertInto('comments')
      .values({ ...draft, thread: thread.id, author: actor.user.id })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined)
      return { comment: await former(transaction, actor, threadId, draft.id), activity: undefined }
    await countInThread(transaction, thread.id, { comments: 1 })
    const activity = await recordActivity(transaction, actor, 'comment:created', thread, draft.body)
    return { comment: commentOf(row), activity }
  })
}

/** Changes a comment. @throws Refusal `not_found`, `forbidden` */
export async function editComment(
  queries: Queries,
  actor: Actor,
  id: string,
  body: string,
): Promise<Comment> {
  return queries.transaction().execute(async (transaction) => {
    await lockOwn(transaction, actor, id)
    const row = await transaction
      .updateTable('comments')
      .set({ body, edited_at: sql`clock_timestamp()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return commentOf(row)
  })
}

/** Deletes a comment. @returns what it was @throws Refusal `not_found`, `forbidden` */
export async function deleteComment(queries: Queries, actor: Actor, id: string): Promise<Comment> {
  return queries.transaction().execute(async (transaction) => {
    const comment = await lockOwn(transaction, actor, id)
    await transaction
      .updateTable('comments')
      .set({ body: '', deleted_at: sql`clock_timestamp()` })
      .where('id', '=', id)
      .execute()
    await countInThread(transaction, comment.thread, { comments: -1 })
    return comment
  })
}

/** Locks a comment's thread, then the comment, in the same order as everybody does. */
async function lockOwn(transaction: Queries, actor: Actor, id: string): Promise<Comment> {
  const found = await existing(transaction, id).executeTakeFirst()
  if (found === undefined) throw notFound('comment')
  await lockThread(transaction, actor.organization.id, found.thread)
  const row = await existing(transaction, id).executeTakeFirst()
  if (row === undefined) throw notFound('comment')
  if (row.author !== actor.user.id) throw new Refusal('forbidden', 'Only its author changes a comment.')
  return commentOf(row)
}

async function former(transaction: Queries, actor: Actor, thread: string, id: string): Promise<Comment> {
  const row = await transaction
    .selectFrom('comments')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (row.thread !== thread || row.author !== actor.user.id)
    throw new Refusal('conflict', 'This id is taken.')
  if (row.deleted_at !== null) throw notFound('comment')
  return commentOf(row)
}

const existing = (queries: Queries, id: string) =>
  queries.selectFrom('comments').selectAll().where('id', '=', id).where('deleted_at', 'is', null)

const commentOf = (row: Selectable<CommentRows>): Comment => ({
  id: row.id,
  thread: row.thread,
  author: row.author,
  body: row.body,
  createdAt: row.created_at.getTime(),
  ...(row.edited_at === null ? {} : { editedAt: row.edited_at.getTime() }),
})
