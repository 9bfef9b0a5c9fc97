// A conversation's log has every offset exactly once, and messages are found, changed and searched.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../../../tests/support/random.ts'
import {
  APP,
  conversationDraft,
  messageDraft,
  TestDatabase,
} from '../../../../../tests/support/testDatabase.ts'
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

const refusal = (code: string) => expect.objectContaining({ code })
const upTo = (newest: number) => Array.from({ length: newest }, (_, index) => index + 1)

describe('the log', () => {
  it.each([1, 2, 3])('has no holes whatever happens at once (seed %i)', async (seed) => {
    const random = new Random(seed)
    const id = `log-${seed}`
    const users = ['ada', 'bob', 'cyd', 'dan']
    await store.create(conversationDraft(id))
    const actions = Array.from({ length: 120 }, (_, index) => {
      const node = random.pick([store, other])
      const user = random.pick(users)
      const offset = 1 + random.below(60)
      return random.pick([
        () => node.send([messageDraft(id, `m${index}`, { sender: user })]),
        () => node.send([messageDraft(id, `m${index}`), messageDraft(id, `n${index}`)]),
        () => node.edit(APP, id, offset, 'ada', `edit ${index}`),
        () => node.delete(APP, id, offset, 'ada'),
        () => node.join(APP, id, { id: user }),
        () => node.leave(APP, id, random.pick(['bob', 'cyd', 'dan'])),
      ])
    })
    const width = 8
    await Promise.all(
      upTo(width).map(async (worker) => {
        for (let index = worker - 1; index < actions.length; index += width) {
          await actions[index]?.().catch((error: unknown) => {
            const code = (error as { code?: unknown }).code
            if (!['message_not_found', 'message_deleted', 'forbidden'].includes(String(code))) throw error
          })
        }
      }),
    )
    const { publications, position, more } = await store.readLog(APP, id, { after: 0, limit: 1_000 })
    expect(publications.map(({ offset }) => offset)).toEqual(upTo(position.offset))
    expect(more).toBe(false)
    expect(new Set(publications.map((publication) => publication.id)).size).toBe(publications.length)
    const { messages } = await store.messages(APP, id, { limit: 1_000 })
    const created = publications.filter(({ name }) => name === 'message:created').map(({ data }) => data)
    expect(created).toEqual([...messages].reverse())
  })

  it('tells every kind of change as an event', async () => {
    await store.create(conversationDraft('events'))
    const joined = await store.join(APP, 'events', { id: 'bob', name: 'Bob' })
    await store.send([messageDraft('events', 'm1')])
    await store.edit(APP, 'events', 2, 'ada', 'better')
    const deleted = await store.delete(APP, 'events', 2, 'ada')
    await store.leave(APP, 'events', 'bob')
    const { publications } = await store.readLog(APP, 'events', { after: 0, limit: 10 })
    // A message that changed since is told as it is now: what was deleted can't be read any more.
    expect(publications).toMatchObject([
      { name: 'member:joined', sender: 'bob', data: joined.value, channel: 'conversation-events' },
      { name: 'message:created', sender: 'ada', id: 'm1', data: deleted.value },
      { name: 'message:edited', sender: 'ada', id: 'events:3', data: deleted.value },
      { name: 'message:deleted', sender: 'ada', data: { body: '', offset: 2 } },
      { name: 'member:left', sender: 'bob', data: { id: 'bob' }, version: 1 },
    ])
  })

  it('is read in both directions, in pages', async () => {
    await store.create(conversationDraft('pages'))
    await store.send(upTo(10).map((index) => messageDraft('pages', `m${index}`)))
    const read = async (query: Parameters<PostgresStore['readLog']>[2]) => {
      const { publications, more, position } = await store.readLog(APP, 'pages', query)
      expect(position.offset).toBe(10)
      return [publications.map(({ offset }) => offset), more]
    }
    expect(await read({ after: 0, limit: 4 })).toEqual([[1, 2, 3, 4], true])
    expect(await read({ after: 6, limit: 4 })).toEqual([[7, 8, 9, 10], false])
    expect(await read({ after: 10, limit: 4 })).toEqual([[], false])
    expect(await read({ after: 99, limit: 4 })).toEqual([[], false])
    expect(await read({ limit: 3 })).toEqual([[8, 9, 10], true])
    expect(await read({ before: 4, limit: 3 })).toEqual([[1, 2, 3], false])
    expect(await read({ before: 5, limit: 3 })).toEqual([[2, 3, 4], true])
    expect(await read({ before: 1, limit: 3 })).toEqual([[], false])
    expect(await read({ before: 99, limit: 1 })).toEqual([[10], true])
    await expect(store.readLog(APP, 'nowhere', { limit: 1 })).rejects.toEqual(
      refusal('conversation_not_found'),
    )
  })
})

describe('messages', () => {
  it('come newest first, in pages', async () => {
    await store.create(conversationDraft('history'))
    await store.send(upTo(5).map((index) => messageDraft('history', `m${index}`)))
    const page = async (fields: { before?: number; limit: number }) => {
      const { messages, more } = await store.messages(APP, 'history', fields)
      return [messages.map(({ offset }) => offset), more]
    }
    expect(await page({ limit: 2 })).toEqual([[5, 4], true])
    expect(await page({ before: 4, limit: 3 })).toEqual([[3, 2, 1], false])
    expect(await page({ before: 1, limit: 3 })).toEqual([[], false])
    await expect(store.messages(APP, 'nowhere', { limit: 1 })).rejects.toEqual(
      refusal('conversation_not_found'),
    )
  })

  it('are changed by their sender alone, and each change counts once', async () => {
    await store.create(conversationDraft('edits', { members: ['bob'] }))
    await store.send([messageDraft('edits', 'm1', { metadata: { secret: 1 } })])
    const edited = await store.edit(APP, 'edits', 1, 'ada', 'better')
    expect(edited).toMatchObject({ changed: true, position: { offset: 2 }, value: { body: 'better' } })
    expect(edited.value.editedAt).toBeGreaterThan(0)
    expect(await store.edit(APP, 'edits', 1, 'ada', 'better')).toMatchObject({
      changed: false,
      position: { offset: 2 },
    })
    await expect(store.edit(APP, 'edits', 1, 'bob', 'mine')).rejects.toEqual(refusal('forbidden'))
    await expect(store.delete(APP, 'edits', 1, 'bob')).rejects.toEqual(refusal('forbidden'))
    await expect(store.edit(APP, 'edits', 2, 'ada', 'x')).rejects.toEqual(refusal('message_not_found'))
    await expect(store.delete(APP, 'edits', 9, 'ada')).rejects.toEqual(refusal('message_not_found'))
    const deleted = await store.delete(APP, 'edits', 1, 'ada')
    expect(deleted).toMatchObject({ changed: true, position: { offset: 3 }, value: { body: '' } })
    expect(deleted.value).not.toHaveProperty('metadata')
    expect(await store.delete(APP, 'edits', 1, 'ada')).toMatchObject({ changed: false, value: deleted.value })
    await expect(store.edit(APP, 'edits', 1, 'ada', 'x')).rejects.toEqual(refusal('message_deleted'))
    await expect(store.edit(APP, 'nowhere', 1, 'ada', 'x')).rejects.toEqual(refusal('conversation_not_found'))
  })
})

describe('searching', () => {
  const search = async (
    query: string,
    fields: { conversation?: string; limit?: number; user?: string } = {},
  ) => {
    const { user = 'sam', limit = 20, ...within } = fields
    const { messages, more } = await store.search(APP, user, { query, limit, ...within })
    return [messages.map(({ id }) => id), more]
  }

  beforeAll(async () => {
    const creator = { id: 'sam' }
    await store.create(conversationDraft('s1', { creator, members: ['tom'] }))
    await store.create(conversationDraft('s2', { creator }))
    await store.create(conversationDraft('s3', { creator: { id: 'tom' } }))
    const send = (conversation: string, id: string, body: string, sender = 'sam') =>
      store.send([messageDraft(conversation, id, { body, sender })])
    await send('s1', 'plain', 'The quick brown fox')
    await send('s1', 'percent', '100% sure_of it\\now')
    await send('s1', 'digits', '1000 suremof it')
    await send('s2', 'umlaut', 'QUICK Grüße')
    await send('s3', 'hidden', 'quick and hidden', 'tom')
    await send('s2', 'gone', 'quickly deleted')
    await store.delete(APP, 's2', 2, 'sam')
  })

  it('finds parts of words in any case, newest first, in the user’s own conversations', async () => {
    expect(await search('quick')).toEqual([['umlaut', 'plain'], false])
    expect(await search('UICK BR')).toEqual([['plain'], false])
    expect(await search('grÜSS')).toEqual([[], false])
    expect(await search('GRÜß')).toEqual([['umlaut'], false])
    expect(await search('quick', { user: 'tom' })).toEqual([['hidden', 'plain'], false])
    expect(await search('quick', { conversation: 's1' })).toEqual([['plain'], false])
    expect(await search('quick', { conversation: 's3' })).toEqual([[], false])
    expect(await search('quick', { limit: 1 })).toEqual([['umlaut'], true])
    expect(await search('quick', { user: 'nobody' })).toEqual([[], false])
  })

  it('takes no character for a wildcard', async () => {
    expect(await search('100%')).toEqual([['percent'], false])
    expect(await search('e_o')).toEqual([['percent'], false])
    expect(await search('\\')).toEqual([['percent'], false])
    expect(await search('%')).toEqual([['percent'], false])
  })

  it('can use the trigram index', async () => {
    const client = await database.connect()
    await client.query('set enable_seqscan = off')
    const { rows } = await client.query<Record<string, string>>(
      "explain select 1 from nowcast.messages n where n.body ilike '%quick%' and n.deleted_at is null",
    )
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('messages_body_trigram')
  })
})
