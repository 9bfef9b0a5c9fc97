// Cursors as several nodes move them at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../../../tests/support/random.ts'
import {
  APP,
  conversationDraft,
  messageDraft,
  TestDatabase,
} from '../../../../../tests/support/testDatabase.ts'
import { type CursorDraft, KEPT_MARKS } from '../receiptStore.ts'
import type { PostgresStore } from './postgresStore.ts'

let database: TestDatabase
let store: PostgresStore
let other: PostgresStore
beforeAll(async () => {
  database = await TestDatabase.start()
  store = await database.open()
  other = await database.open()
})
afterAll(() => database?.stop())

const draft = (conversation: string, user: string, read: number, delivered = 0): CursorDraft => ({
  app: APP,
  conversation,
  user,
  delivered,
  read,
})
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function fill(conversation: string, count: number, members: readonly string[] = ['bob']) {
  await store.create(conversationDraft(conversation, { members, maxMembers: 1_000 }))
  await store.send(upTo(count).map((index) => messageDraft(conversation, `m${index}`)))
}

describe('moving cursors', () => {
  it('answers each draft for itself, in order', async () => {
    await fill('answers', 5)
    await store.create(conversationDraft('answers-closed', { kind: 'closed' }))
    const outcomes = await store.moveCursors([
      draft('answers', 'bob', 3),
      draft('nowhere', 'bob', 3),
      draft('answers', 'eve', 3),
      draft('answers-closed', 'eve', 3),
      draft('answers', 'ada', 0, 2),
      { ...draft('answers', 'bob', 3), app: 'another' },
    ])
    const at = expect.any(Number)
    expect(outcomes).toEqual([
      {
        outcome: 'kept',
        receipt: { user: 'bob', delivered: 3, deliveredAt: at, read: 3, readAt: at },
        unread: { read: 3, unread: 2, unreadMentions: 0 },
      },
      { outcome: 'conversation_not_found' },
      { outcome: 'not_a_member' },
      { outcome: 'conversation_not_found' },
      { outcome: 'kept', receipt: { user: 'ada', delivered: 2, deliveredAt: at, read: 0 } },
      { outcome: 'conversation_not_found' },
    ])
    expect(await store.moveCursors([draft('answers', 'bob', 2, 3)])).toEqual([{ outcome: 'kept' }])
    expect(await store.moveCursors([])).toEqual([])
  })

  it('finds what is unread and waits far behind, among much that is not', async () => {
    await store.create(conversationDraft('far', { members: ['bob'] }))
    const send = (sender: string, count: number) =>
      store.send(upTo(count).map((index) => messageDraft('far', `${sender}-${index}`, { sender })))
    const inbox = async () => {
      const { messages, more } = await store.inbox(APP, 'bob', { since: 0, limit: 100 })
      const far = messages.filter(({ conversation }) => conversation === 'far')
      return { ids: far.map(({ id }) => id), more }
    }
    await send('ada', 3)
    await send('bob', 300)
    expect((await store.get(APP, 'far', 'ada')).unread).toBe(100)
    expect((await store.get(APP, 'far', 'bob')).unread).toBe(3)
    expect((await inbox()).ids).toEqual(['ada-1', 'ada-2', 'ada-3'])
    await send('cyd', 2)
    expect(await store.join(APP, 'far', { id: 'cyd' })).toMatchObject({ changed: true })
    await send('cyd', 99)
    expect((await store.get(APP, 'far', 'bob')).unread).toBe(100)
    const { ids, more } = await inbox()
    expect({ count: ids.length, first: ids[0], last: ids.at(-1), more }).toEqual({
      count: 100,
      first: 'ada-3',
      last: 'cyd-99',
      more: true,
    })
    await store.moveCursors([draft('far', 'bob', 2)])
    expect((await store.get(APP, 'far', 'bob')).unread).toBe(100)
    await store.moveCursors([draft('far', 'bob', 3)])
    expect((await store.get(APP, 'far', 'bob')).unread).toBe(99)
    expect(await store.moveCursors([draft('far', 'bob', 305)])).toMatchObject([{ unread: { unread: 98 } }])
  })

  it('remembers the last moves only', async () => {
    await fill('marks', 30)
    for (const read of upTo(30)) await store.moveCursors([draft('marks', 'bob', read)])
    const cursors = await store.cursors(APP, 'marks')
    expect(cursors.map(({ user }) => user)).toEqual(['ada', 'bob'])
    expect(cursors[0]).toEqual({ user: 'ada', delivered: 0, deliveredMarks: [], read: 0, readMarks: [] })
    const marks = cursors[1]?.readMarks ?? []
    expect(marks).toHaveLength(2 * KEPT_MARKS)
    expect(marks.filter((_mark, index) => index % 2 === 0)).toEqual(upTo(30).reverse().slice(0, KEPT_MARKS))
    const times = marks.filter((_mark, index) => index % 2 === 1)
    expect(times).toEqual(times.toSorted((one, later) => later - one))
  })

  it('by many nodes at once in any order never waits for itself, nor for who changes roles', async () => {
    const members = upTo(30).map((index) => `user-${String(index).padStart(2, '0')}`)
    const conversations = ['busy-1', 'busy-2', 'busy-3']
    for (const conversation of conversations) await fill(conversation, 60, [...members, 'zed'])
    const random = new Random(7)
    const farthest = new Map<string, number>()
    const shuffled = <T>(values: readonly T[]) =>
      values
        .map((value) => ({ value, at: random.next() }))
        .sort((one, later) => one.at - later.at)
        .map(({ value }) => value)
    const receipts = async (on: PostgresStore) => {
      for (let round = 0; round < 20; round += 1) {
        const drafts = shuffled(
          conversations.flatMap((conversation) =>
            ['ada', ...members].map((user) => draft(conversation, user, 1 + random.below(60))),
          ),
        )
        for (const { conversation, user, read } of drafts) {
          const key = `${conversation} ${user}`
          farthest.set(key, Math.max(read, farthest.get(key) ?? 0))
        }
        for (const { outcome } of await on.moveCursors(drafts)) expect(outcome).toBe('kept')
      }
    }
    const roles = async (on: PostgresStore, conversation: string) => {
      let owner = 'ada'
      for (let round = 0; round < 15; round += 1) {
        const heir = random.pick(members.filter((member) => member !== owner))
        await on.changeRole(APP, conversation, owner, heir, 'owner')
        await on.changeRole(APP, conversation, heir, 'zed', 'owner')
        // Who is an admin longest inherits.
        await on.leave(APP, conversation, 'zed')
        await on.join(APP, conversation, { id: 'zed' })
        const found = (await on.members(APP, conversation)).find(({ role }) => role === 'owner')
        owner = found?.id ?? ''
      }
    }
    await Promise.all([
      receipts(store),
      receipts(other),
      receipts(store),
      roles(store, 'busy-1'),
      roles(other, 'busy-2'),
      roles(store, 'busy-3'),
    ])
    for (const conversation of conversations) {
      const owners = (await store.members(APP, conversation)).filter(({ role }) => role === 'owner')
      expect(owners).toHaveLength(1)
      for (const { user, read } of await store.cursors(APP, conversation)) {
        if (user === 'zed') continue
        expect({ user, read }).toEqual({ user, read: farthest.get(`${conversation} ${user}`) })
      }
    }
  })
})
