// What the backend of Threads broadcasts: which events on which channels, after the commit, and never at a request's cost.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Broadcasts, Comment, Item, Thread } from '../../examples/threads/shared/api.ts'
import { eventually } from '../support/testDatabase.ts'
import {
  type Page,
  startThreads,
  type ThreadsBackend,
  type Triggered,
  TriggerRecorder,
} from '../support/threadsBackend.ts'

let recorder: TriggerRecorder
let backend: ThreadsBackend
let maya: Page

beforeAll(async () => {
  recorder = await TriggerRecorder.start()
  backend = await startThreads(recorder.url)
  maya = await backend.page('maya')
})

afterAll(async () => {
  await backend?.stop()
  await recorder?.stop()
})

beforeEach(() => {
  recorder.events.length = 0
})

afterEach(() => {
  recorder.answer = () => 200
  expect(recorder.refused).toEqual([])
})

const ORGANIZATION = 'private-org-northwind'
const channelOf = ({ id }: Thread) => `presence-thread-${id}`
const arrived = (count: number) =>
  eventually(() => recorder.events.length >= count, `${count} events, of ${recorder.events.length}`)

/** A new thread of Maya's, its events over. */
async function newThread(): Promise<Thread> {
  const thread = await maya.call('POST', '/api/threads', { id: randomUUID(), title: 'News', description: '' })
  await arrived(2)
  recorder.events.length = 0
  return thread
}

/** The one event of a name, without its timestamp, which must be now. */
function only(name: keyof Broadcasts): Omit<Triggered, 'name'> {
  const [event, ...others] = recorder.named(name)
  if (event === undefined || others.length > 0) throw new Error(`${others.length + 1} events "${name}"`)
  const { at, ...data } = event.data
  expect(Math.abs(Number(at) - Date.now())).toBeLessThan(10_000)
  return { channels: event.channels, data, socket: event.socket }
}

describe('every change', () => {
  it('tells the organization and the thread of a thread', async () => {
    const draft = { id: randomUUID(), title: 'Hear, hear', description: 'x' }
    const thread: Thread = await maya.call('POST', '/api/threads', draft)
    await arrived(2)
    const channels = [ORGANIZATION, channelOf(thread)]
    expect(only('thread:created')).toEqual({ channels, data: { thread }, socket: undefined })
    const activity = { kind: 'thread:created', actor: 'maya', thread: thread.id, threadTitle: 'Hear, hear' }
    expect(only('activity')).toMatchObject({ channels: [ORGANIZATION], data: { activity } })

    recorder.events.length = 0
    const path = `/api/threads/${thread.id}`
    const changed = await maya.call('PATCH', path, { version: 1, title: 'Now', status: 'resolved' })
    await arrived(4)
    expect(only('thread:updated')).toMatchObject({ channels, data: { thread: changed, actor: 'maya' } })
    expect(only('status:changed')).toMatchObject({ channels, data: { thread: changed, actor: 'maya' } })
    expect(recorder.named('activity').map(({ data }) => data.activity)).toMatchObject([
      { kind: 'thread:updated' },
      { kind: 'status:changed', detail: 'resolved' },
    ])

    recorder.events.length = 0
    await maya.call('DELETE', path)
    await arrived(2)
    expect(only('thread:deleted')).toMatchObject({ channels, data: { id: thread.id, actor: 'maya' } })
  })

  it('tells the thread of comments and items', async () => {
    const thread = await newThread()
    const channels = [channelOf(thread)]
    const path = `/api/threads/${thread.id}`
    const comment: Comment = await maya.call('POST', `${path}/comments`, { id: randomUUID(), body: 'Hi' })
    const edited: Comment = await maya.call('PATCH', `/api/comments/${comment.id}`, { body: 'Hello' })
    await maya.call('DELETE', `/api/comments/${comment.id}`)
    const draft = { id: randomUUID(), kind: 'task', title: 'Do it', url: '' }
    const item: Item = await maya.call('POST', `${path}/items`, draft)
    await maya.call('DELETE', `/api/items/${item.id}`)
    await arrived(7)
    expect(recorder.events.map(({ name }) => name)).toEqual([
      'comment:created',
      'activity',
      'comment:updated',
      'comment:deleted',
      'item:added',
      'activity',
      'item:removed',
    ])
    expect(only('comment:created')).toMatchObject({ channels, data: { comment } })
    expect(only('comment:updated')).toMatchObject({ channels, data: { comment: edited } })
    expect(only('comment:deleted').data).toEqual({ id: comment.id, thread: thread.id })
    expect(only('item:added')).toMatchObject({ channels, data: { item } })
    expect(only('item:removed').data).toEqual({ id: item.id, thread: thread.id })
  })

  it('spares the page that made it, but for the feed', async () => {
    const thread = await newThread()
    const path = `/api/threads/${thread.id}/comments`
    const draft = { id: randomUUID(), body: 'Mine' }
    await maya.call('POST', path, draft, { 'x-socket-id': '123.456' })
    await arrived(2)
    expect(only('comment:created').socket).toBe('123.456')
    expect(only('activity').socket).toBeUndefined()
    recorder.events.length = 0
    await maya.call('PATCH', `/api/comments/${draft.id}`, { body: 'x' }, { 'x-socket-id': 'no socket' })
    await arrived(1)
    expect(only('comment:updated').socket).toBeUndefined()
  })

  it('is told once: not again when it is sent again, not when it is refused or changes nothing', async () => {
    const thread = await newThread()
    const path = `/api/threads/${thread.id}`
    const draft = { id: randomUUID(), body: 'Once' }
    for (let time = 0; time < 3; time += 1) await maya.call('POST', `${path}/comments`, draft)
    await maya.call('PATCH', path, { version: 1, title: thread.title })
    await maya.refusal('PATCH', path, { version: 5, title: 'Late' })
    await maya.call('PATCH', path, { version: 1, description: 'The last' })
    await eventually(() => recorder.named('thread:updated').length > 0, 'the last event')
    await arrived(4)
    expect(recorder.events.map(({ name }) => name)).toEqual([
      'comment:created',
      'activity',
      'thread:updated',
      'activity',
    ])
  })

  it('is committed before it is told', async () => {
    const thread = await newThread()
    const client = await backend.database.connect()
    const seen: number[] = []
    recorder.answer = async ({ name, data }) => {
      if (name !== 'comment:created') return 200
      const { id } = data.comment as Comment
      const { rowCount } = await client.query('select 1 from threads.comments where id = $1', [id])
      seen.push(rowCount ?? 0)
      return 200
    }
    const bodies = Array.from({ length: 10 }, (_, number) => ({ id: randomUUID(), body: `${number}` }))
    await Promise.all(bodies.map((draft) => maya.call('POST', `/api/threads/${thread.id}/comments`, draft)))
    await arrived(20)
    expect(seen).toEqual(Array(10).fill(1))
  })
})

describe('a realtime server that is out of order', () => {
  it('neither fails nor delays a request, and hears everything in order once it is back', async () => {
    const thread = await newThread()
    let failing = true
    let tries = 0
    recorder.answer = () => {
      tries += 1
      return failing ? 503 : 200
    }
    const path = `/api/threads/${thread.id}/comments`
    for (const body of ['one', 'two', 'three']) await maya.call('POST', path, { id: randomUUID(), body })
    await eventually(() => tries >= 2, 'another try')
    expect(recorder.events).toEqual([])
    failing = false
    await arrived(6)
    const bodies = recorder.named('comment:created').map(({ data }) => (data.comment as Comment).body)
    expect(bodies).toEqual(['one', 'two', 'three'])
  })

  it('is not asked again for what it refuses for good', async () => {
    const thread = await newThread()
    const tried: string[] = []
    recorder.answer = ({ name }) => {
      tried.push(name)
      return name === 'comment:created' ? 413 : 200
    }
    const draft = { id: randomUUID(), body: 'Too long for it' }
    await maya.call('POST', `/api/threads/${thread.id}/comments`, draft)
    await arrived(1)
    expect(tried).toEqual(['comment:created', 'activity'])
  })

  it('does not keep the backend from stopping', async () => {
    const other = await TriggerRecorder.start()
    const second = await startThreads(other.url)
    let tries = 0
    other.answer = () => {
      tries += 1
      return 503
    }
    const page = await second.page('maya')
    await page.call('POST', '/api/threads', { id: randomUUID(), title: 'Last words', description: '' })
    await eventually(() => tries > 0, 'a try')
    await second.stop()
    // Each event once more, and no further.
    expect(tries).toBeLessThanOrEqual(4)
    await other.stop()
  })
})
