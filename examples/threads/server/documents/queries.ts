// The text of a thread that several people edit, as one Yjs update: what they send is merged into what is there.
import { sql } from 'kysely'
import * as Y from 'yjs'
import type { Queries } from '../database/database.ts'
import { Refusal } from '../http/refusal.ts'
import { lockThread } from '../threads/queries.ts'

/** Largest document, in bytes; also of one update. */
export const MAX_DOCUMENT_BYTES = 1_048_576

/** The document of a thread that is known to be the asker's; an empty one where nothing was written yet. */
export async function readDocument(queries: Queries, thread: string): Promise<Uint8Array> {
  const row = await queries
    .selectFrom('documents')
    .select('state')
    .where('thread', '=', thread)
    .executeTakeFirst()
  return row?.state ?? Y.encodeStateAsUpdate(new Y.Doc())
}

/**
 * Merges an update into the document. The same one again changes nothing.
 * @throws Refusal `not_found` when there is no such thread; `invalid_request` when it is no update; `too_large`
 */
export async function mergeDocument(
  queries: Queries,
  organization: string,
  threadId: string,
  update: Uint8Array,
): Promise<void> {
  await queries.transaction().execute(async (transaction) => {
    const thread = await lockThread(transaction, organization, threadId)
    const state = Buffer.from(merge(await readDocument(transaction, thread.id), update))
    await transaction
      .insertInto('documents')
      .values({ thread: thread.id, state })
      .onConflict((conflict) => conflict.column('thread').doUpdateSet({ state, updated_at: sql`now()` }))
      .execute()
  })
}

/** Both as one update, without what was deleted, so that it does not grow for ever. */
function merge(stored: Uint8Array, update: Uint8Array): Uint8Array {
  const document = new Y.Doc()
  Y.applyUpdate(document, stored)
  try {
    Y.applyUpdate(document, update)
  } catch {
    throw new Refusal('invalid_request', 'This is no update of a document.')
  }
  const merged = Y.encodeStateAsUpdate(document)
  document.destroy()
  if (merged.length > MAX_DOCUMENT_BYTES) throw new Refusal('too_large', 'The document is too large.')
  return merged
}
