// What is known of users besides their names.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { APP, conversationDraft, TestDatabase } from '../../../../../tests/support/testDatabase.ts'
import type { Store } from '../store.ts'

let database: TestDatabase
let store: Store

beforeAll(async () => {
  database = await TestDatabase.start()
  store = await database.open()
})
afterAll(() => database?.stop())

it('is nothing of those who were never there', async () => {
  expect(await store.facts(APP, ['nobody', 'nobody else'])).toEqual(new Map())
})

it('holds when users were last seen, the latest time of all, and takes away no name', async () => {
  await store.rememberUser(APP, { id: 'ada', name: 'Ada' })
  await store.rememberSeen(APP, [
    { user: 'ada', at: 2_000 },
    { user: 'bob', at: 5_000 },
  ])
  await store.rememberSeen(APP, [
    { user: 'bob', at: 4_000 },
    { user: 'ada', at: 3_000 },
  ])
  await store.rememberSeen('another-app', [{ user: 'ada', at: 9_000 }])
  expect(await store.facts(APP, ['ada', 'bob'])).toEqual(
    new Map([
      ['ada', { lastSeenAt: 3_000 }],
      ['bob', { lastSeenAt: 5_000 }],
    ]),
  )
  await store.create(conversationDraft('seen', { members: ['bob', 'cyd'] }))
  expect(await store.members(APP, 'seen')).toMatchObject([
    { id: 'ada', name: 'Ada', lastSeenAt: 3_000 },
    { id: 'bob', lastSeenAt: 5_000 },
    { id: 'cyd' },
  ])
  expect((await store.members(APP, 'seen'))[2]).not.toHaveProperty('lastSeenAt')
})

it('is written by many at once without a deadlock', async () => {
  const users = Array.from({ length: 200 }, (_, index) => `many-${index}`)
  const writes = Array.from({ length: 8 }, (_, turn) => {
    const seen = users.map((user) => ({ user, at: 1_000 + turn }))
    return store.rememberSeen(APP, turn % 2 === 0 ? seen : seen.reverse())
  })
  await Promise.all(writes)
  const facts = await store.facts(APP, users)
  expect([...facts.values()].every(({ lastSeenAt }) => lastSeenAt === 1_007)).toBe(true)
})

it('holds what users say of themselves, in an order', async () => {
  const first = await store.setStatusText(APP, 'dan', 'at lunch')
  const second = await store.setStatusText(APP, 'dan', 'back')
  expect(second).toBeGreaterThan(first)
  expect((await store.facts(APP, ['dan'])).get('dan')).toEqual({ text: 'back' })
  expect(await store.setStatusText(APP, 'dan', null)).toBeGreaterThan(second)
  expect((await store.facts(APP, ['dan'])).get('dan')).toEqual({})
})

it('holds when members typed last, and nothing of those who are none', async () => {
  await store.create(conversationDraft('typed', { members: ['bob'] }))
  const typing = (user: string, conversation: string, at: number) => ({ user, conversation, at })
  await store.rememberTyping(APP, [
    typing('bob', 'typed', 2_000),
    typing('stranger', 'typed', 2_000),
    typing('bob', 'no-such-conversation', 2_000),
  ])
  await store.rememberTyping(APP, [typing('bob', 'typed', 1_000)])
  const client = await database.connect()
  const { rows } = await client.query(
    `select m.user_id, m.last_typing_at from nowcast.members m join nowcast.conversations c on c.key = m.conversation
      where c.id = 'typed' order by m.user_id`,
  )
  expect(rows).toEqual([
    { user_id: 'ada', last_typing_at: null },
    { user_id: 'bob', last_typing_at: new Date(2_000) },
  ])
})
