// What is asked all the time reads few rows of a long conversation, also while the database knows nothing of its tables yet.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { APP, conversationDraft, TestDatabase } from '../../../../../tests/support/testDatabase.ts'
import type { PostgresStore } from './postgresStore.ts'

const MESSAGES = 30_000
const MEMBERS = Array.from({ length: 99 }, (_, index) => `member-${index}`)
/** Each read of the whole conversation takes about as long. */
const PATIENCE_MS = 1_500

let database: TestDatabase
let store: PostgresStore
beforeAll(async () => {
  database = await TestDatabase.start()
  const client = await database.connect()
  await client.query('alter system set autovacuum = off')
  await client.query('select pg_reload_conf()')
  store = await database.open()
  await store.create(conversationDraft('long', { members: MEMBERS }))
  const key = `(select key from nowcast.conversations where id = 'long')`
  await client.query(`insert into nowcast.messages (conversation, "offset", message_id, sender, body, created_at)
    select ${key}, n, n::text, 'ada', 'message ' || n, now() + n * interval '1 ms' from generate_series(1, ${MESSAGES}) n`)
  await client.query(
    `insert into nowcast.mentions select ${key}, 'member-1', 10 * n from generate_series(1, ${MESSAGES} / 10) n`,
  )
  await client.query(`update nowcast.conversations set last_offset = ${MESSAGES}`)
})
afterAll(() => database?.stop())

const elapsed = async (work: () => Promise<unknown>) => {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

it('moves the cursors of all members', async () => {
  const drafts = MEMBERS.map((user, index) => {
    const place = 100 + index
    return { app: APP, conversation: 'long', user, delivered: place, read: place }
  })
  const ms = await elapsed(async () => {
    const outcomes = await store.moveCursors(drafts)
    expect(outcomes[1]).toMatchObject({ outcome: 'kept', unread: { unread: 100, unreadMentions: 100 } })
    expect(outcomes[2]).toMatchObject({ outcome: 'kept', unread: { unread: 100, unreadMentions: 0 } })
  })
  expect(ms).toBeLessThan(PATIENCE_MS)
})

it('counts what is unread, and reads the newest messages', async () => {
  const ms = await elapsed(async () => {
    for (let round = 0; round < 20; round += 1) {
      expect((await store.get(APP, 'long', 'member-1')).unreadMentions).toBe(100)
      const { messages } = await store.messages(APP, 'long', { limit: 50 })
      expect(messages[0]?.offset).toBe(MESSAGES)
    }
  })
  expect(ms).toBeLessThan(PATIENCE_MS)
})
