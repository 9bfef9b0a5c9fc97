// Messages are stored exactly once, each with its own place, whoever sends them and however often.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  APP,
  conversationDraft,
  messageDraft,
  TestDatabase,
} from '../../../../../tests/support/testDatabase.ts'
import type { SendOutcome } from '../messageStore.ts'
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

const offsetOf = (outcome: SendOutcome | undefined) =>
  outcome?.outcome === 'sent' ? outcome.message.offset : undefined
const history = async (conversation: string) =>
  [...(await store.messages(APP, conversation, { limit: 10_000 })).messages].reverse()

describe('a batch', () => {
  it('gives each message the next place, with all that was sent', async () => {
    await store.create(conversationDraft('places'))
    const metadata = { trace: 'ä"\\', deep: { list: [1, null] } }
    const outcomes = await store.send([
      messageDraft('places', 'm1', { metadata }),
      messageDraft('places', 'm2', { body: 'ünï ✓ 👩‍👩‍👧' }),
    ])
    expect(outcomes).toMatchObject([
      { outcome: 'sent', duplicate: false, position: { offset: 1 }, message: { id: 'm1', metadata } },
      { outcome: 'sent', duplicate: false, position: { offset: 2 }, message: { body: 'ünï ✓ 👩‍👩‍👧' } },
    ])
    expect(await history('places')).toEqual(
      outcomes.map((outcome) => outcome.outcome === 'sent' && outcome.message),
    )
  })

  it('answers a repeated message with the first, also within the batch', async () => {
    await store.create(conversationDraft('doubles'))
    const metadata = { first: true }
    const first = await store.send([
      messageDraft('doubles', 'm1', { metadata }),
      messageDraft('doubles', 'm1', { metadata: { first: false } }),
      messageDraft('doubles', 'm2'),
    ])
    expect(first).toMatchObject([
      { duplicate: false, position: { offset: 1 }, message: { metadata } },
      { duplicate: true, position: { offset: 1 }, message: { metadata } },
      { duplicate: false, position: { offset: 2 } },
    ])
    const again = await other.send([messageDraft('doubles', 'm2'), messageDraft('doubles', 'm1')])
    expect(again).toMatchObject([
      { duplicate: true, position: { offset: 2 } },
      { duplicate: true, position: { offset: 1 }, message: { metadata } },
    ])
    expect(await history('doubles')).toHaveLength(2)
  })

  it('answers each draft for itself, in order', async () => {
    await store.create(conversationDraft('mixed'))
    await store.create(conversationDraft('mixed-2'))
    await store.send([messageDraft('mixed', 'old')])
    const outcomes = await store.send([
      messageDraft('mixed', 'old', { body: 'another' }),
      messageDraft('nowhere', 'm1'),
      messageDraft('mixed', 'm1', { sender: 'mallory' }),
      messageDraft('mixed', 'm1'),
      messageDraft('mixed', 'm1', { body: 'another' }),
      messageDraft('mixed', 'old'),
      messageDraft('mixed-2', 'm1'),
      messageDraft('mixed', 'm1', { app: 'elsewhere' }),
      messageDraft('mixed', 'm2'),
    ])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'conflict',
      'conversation_not_found',
      'not_a_member',
      'sent',
      'conflict',
      'sent',
      'sent',
      'conversation_not_found',
      'sent',
    ])
    expect([3, 5, 6, 8].map((index) => offsetOf(outcomes[index]))).toEqual([2, 1, 1, 3])
    expect((await history('mixed')).map(({ id }) => id)).toEqual(['old', 'm1', 'm2'])
  })

  it('takes the same id from two senders as two messages', async () => {
    await store.create(conversationDraft('senders', { members: ['bob'] }))
    const outcomes = await store.send([
      messageDraft('senders', 'same'),
      messageDraft('senders', 'same', { sender: 'bob', body: 'hi' }),
    ])
    expect(outcomes).toMatchObject([{ duplicate: false }, { duplicate: false, position: { offset: 2 } }])
  })

  it('recognises a repeated message that was edited or deleted since', async () => {
    await store.create(conversationDraft('changed'))
    await store.send([messageDraft('changed', 'm1'), messageDraft('changed', 'm2')])
    await store.edit(APP, 'changed', 1, 'ada', 'better')
    await store.delete(APP, 'changed', 2, 'ada')
    expect(await store.send([messageDraft('changed', 'm1'), messageDraft('changed', 'm2')])).toMatchObject([
      { outcome: 'sent', duplicate: true, message: { body: 'better', offset: 1 } },
      { outcome: 'sent', duplicate: true, message: { body: '', offset: 2 } },
    ])
  })

  it('goes on without what no database can keep', async () => {
    await store.create(conversationDraft('text'))
    const harmless = { path: '\\u0000', pair: '👍', half: '\\ud800' }
    const outcomes = await store.send([
      messageDraft('text', 'm1', { body: 'nul \0 inside' }),
      messageDraft('text', 'm2', { metadata: { nul: '\0' } }),
      messageDraft('text', 'm3', { metadata: { half: '\ud83d' } }),
      messageDraft('text', 'm4', { metadata: { '\\\0': 1 } }),
      messageDraft('text', 'm5', { metadata: harmless }),
    ])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([...Array(4).fill('unstorable'), 'sent'])
    expect(await history('text')).toMatchObject([{ metadata: harmless, offset: 1 }])
    await expect(store.edit(APP, 'text', 1, 'ada', '\0')).rejects.toMatchObject({ code: 'invalid_command' })
    const search = { query: '\0', limit: 1 }
    await expect(store.search(APP, 'ada', search)).rejects.toMatchObject({ code: 'invalid_command' })
  })

  it('may be empty', async () => {
    expect(await store.send([])).toEqual([])
  })

  it('reaches across many conversations with the longest ids', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(128, '"'))
    await Promise.all(ids.map((id) => store.create(conversationDraft(id))))
    const outcomes = await store.send(ids.map((id) => messageDraft(id, 'm1')))
    expect(outcomes.map(offsetOf)).toEqual(ids.map(() => 1))
  })

  it('holds at most 2,048 bytes in each body, by the database itself', async () => {
    await store.create(conversationDraft('long'))
    const longest = 'ä'.repeat(1_024)
    expect(await store.send([messageDraft('long', 'fits', { body: longest })])).toMatchObject([
      { message: { body: longest } },
    ])
    await expect(
      store.send([messageDraft('long', 'too-long', { body: `${longest}.` })]),
    ).rejects.toMatchObject({ code: '23514' })
    expect(await history('long')).toHaveLength(1)
  })
})

describe('several nodes at once', () => {
  it('store messages of nodes of the version before among their own', async () => {
    await store.create(conversationDraft('versions', { members: ['bob'] }))
    await store.send([messageDraft('versions', 'm1')])
    const client = await database.connect()
    const sent = [
      ['ada', 'm2', 'hello', '{"a":1}'],
      ['ada', 'm1', 'body of m1', null],
      ['eve', 'm3', 'let me in', null],
    ]
    const column = (index: number) => sent.map((row) => row[index])
    const { rows } = await client.query(
      'select * from nowcast.send_messages($1, $2, $3, $4, $5, $6::jsonb[])',
      [[APP, APP, APP], ['versions', 'versions', 'versions'], column(0), column(1), column(2), column(3)],
    )
    expect(rows).toMatchObject([
      { n: '1', outcome: 'sent', duplicate: false, offset: '2', body: 'hello', metadata: { a: 1 } },
      { n: '2', outcome: 'sent', duplicate: true, offset: '1', body: 'body of m1', metadata: null },
      { n: '3', outcome: 'not_a_member' },
    ])
    expect(Object.keys(rows[0] ?? {})).toEqual([
      ...['n', 'outcome', 'duplicate', 'epoch', 'offset', 'body', 'metadata'],
      ...['created_at', 'edited_at', 'deleted_at'],
    ])
    expect((await history('versions')).map(({ id }) => id)).toEqual(['m1', 'm2'])
  })

  it('store a message once that all of them send', async () => {
    await store.create(conversationDraft('parallel'))
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : other).send([messageDraft('parallel', 'same')]),
      ),
    )
    const flat = outcomes.flat()
    expect(flat.map(offsetOf)).toEqual(flat.map(() => 1))
    expect(flat.filter((outcome) => outcome.outcome === 'sent' && !outcome.duplicate)).toHaveLength(1)
    expect(await history('parallel')).toHaveLength(1)
  })

  it('send overlapping batches over many conversations without standing in each other’s way', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `overlap-${index}`)
    for (const id of ids) await store.create(conversationDraft(id))
    const batches = Array.from({ length: 30 }, (_, batch) => {
      const order = batch % 2 === 0 ? ids : [...ids].reverse()
      return (batch % 3 === 0 ? store : other).send(
        order.flatMap((id) => [messageDraft(id, `${batch}-a`), messageDraft(id, `${batch}-b`)]),
      )
    })
    const outcomes = (await Promise.all(batches)).flat()
    expect(outcomes.every((outcome) => outcome.outcome === 'sent' && !outcome.duplicate)).toBe(true)
    for (const id of ids) {
      const messages = await history(id)
      expect(messages.map(({ offset }) => offset)).toEqual(
        Array.from({ length: 60 }, (_, index) => index + 1),
      )
      expect(new Set(messages.map((message) => message.id)).size).toBe(60)
    }
  })
})
