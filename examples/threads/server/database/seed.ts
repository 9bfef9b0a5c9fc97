// Fills a new database, so that there is something to see from the first minute.
import { randomUUID } from 'node:crypto'
import type { Insertable, Kysely } from 'kysely'
import { hashPassword } from '../sessions/passwords.ts'
import { organizations, PASSWORD, people } from './people.ts'
import { type Story, stories } from './stories.ts'
import type { ActivityRows, Tables } from './tables.ts'

const MINUTE_MS = 60_000

type Line = Omit<Insertable<ActivityRows>, 'sequence' | 'at'> & { readonly at: Date }

/** Fills the database when it is empty. Of several backends that start at once, one does it. */
export async function seed(queries: Kysely<Tables>): Promise<void> {
  await queries.transaction().execute(async (transaction) => {
    const inserted = await transaction
      .insertInto('organizations')
      .values([...organizations])
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    if (inserted.length < organizations.length) return
    const password = await hashPassword(PASSWORD)
    await transaction
      .insertInto('users')
      .values(people.map((person) => ({ ...person, password })))
      .execute()
    const now = Date.now()
    const lines: Line[] = []
    for (const story of stories) lines.push(...(await tell(transaction, story, now)))
    for (const { id } of organizations) await number(transaction, id, lines)
  })
}

/** Adds a thread. @returns what the feed says of it */
async function tell(transaction: Kysely<Tables>, story: Story, now: number): Promise<Line[]> {
  const at = (minutesAgo: number) => new Date(now - minutesAgo * MINUTE_MS)
  const { organization, title, description, author, status, comments, items } = story
  const thread = randomUUID()
  const line = (kind: Line['kind'], actor: string, minutesAgo: number, detail = ''): Line => ({
    organization,
    kind,
    actor,
    thread,
    thread_title: title,
    detail,
    at: at(minutesAgo),
  })
  const lines = [
    line('thread:created', author, story.minutesAgo),
    ...(status ? [line('status:changed', status.by, status.minutesAgo, status.to)] : []),
    ...comments.map(({ by, minutesAgo, body }) => line('comment:created', by, minutesAgo, body)),
    ...items.map((item) => line('item:added', item.by, item.minutesAgo, item.title)),
  ]
  const newest = Math.max(...lines.map((each) => each.at.getTime()))
  await transaction
    .insertInto('threads')
    .values({
      id: thread,
      organization,
      title,
      description,
      status: status?.to ?? 'open',
      author,
      created_at: at(story.minutesAgo),
      updated_at: new Date(newest),
      version: status ? 2 : 1,
      comments: comments.length,
      items: items.length,
    })
    .execute()
  for (const { by, minutesAgo, body, editedMinutesAgo } of comments) {
    const edited_at = editedMinutesAgo === undefined ? null : at(editedMinutesAgo)
    const row = { id: randomUUID(), thread, author: by, body, created_at: at(minutesAgo), edited_at }
    await transaction.insertInto('comments').values(row).execute()
  }
  for (const { by, minutesAgo, kind, title: name, url } of items) {
    const row = { id: randomUUID(), thread, kind, title: name, url, added_by: by, created_at: at(minutesAgo) }
    await transaction.insertInto('items').values(row).execute()
  }
  return lines
}

/** Adds an organization's lines to its feed, oldest first. */
async function number(
  transaction: Kysely<Tables>,
  organization: string,
  all: readonly Line[],
): Promise<void> {
  const lines = all
    .filter((line) => line.organization === organization)
    .sort((one, other) => one.at.getTime() - other.at.getTime())
    .map((line, index) => ({ ...line, sequence: index + 1 }))
  await transaction.insertInto('activity').values(lines).execute()
  await transaction
    .updateTable('organizations')
    .set({ activity_sequence: lines.length })
    .where('id', '=', organization)
    .execute()
}
