// The organizations of Threads see nothing of one another, over HTTP or through channels.
import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { Activity, Comment, Item, Thread } from '../../examples/threads/shared/api.ts'
import {
  APP,
  type Page,
  SECRET,
  startThreads,
  type ThreadsBackend,
  TriggerRecorder,
} from '../support/threadsBackend.ts'

let recorder: TriggerRecorder
let backend: ThreadsBackend
let maya: Page
let stranger: Page
let nobody: Page
let thread: Thread
let comment: Comment
let item: Item

beforeAll(async () => {
  recorder = await TriggerRecorder.start()
  backend = await startThreads(recorder.url)
  maya = await backend.page('maya')
  stranger = await backend.page('ines')
  nobody = await backend.page()
  thread = await maya.call('POST', '/api/threads', { id: randomUUID(), title: 'Ours', description: '' })
  const path = `/api/threads/${thread.id}`
  comment = await maya.call('POST', `${path}/comments`, { id: randomUUID(), body: 'Ours alone' })
  item = await maya.call('POST', `${path}/items`, { id: randomUUID(), kind: 'task', title: 'Do it', url: '' })
})

afterAll(async () => {
  await backend?.stop()
  await recorder?.stop()
})

const emptyDocument = () => Y.encodeStateAsUpdate(new Y.Doc())

/** Everything that names something of an organization's. */
const requests: [string, () => Parameters<Page['send']>][] = [
  ['reads the thread', () => ['GET', `/api/threads/${thread.id}`]],
  ['changes it', () => ['PATCH', `/api/threads/${thread.id}`, { version: 1, title: 'Theirs' }]],
  [
    'changes an older version of it',
    () => ['PATCH', `/api/threads/${thread.id}`, { version: 9, title: 'No' }],
  ],
  ['deletes it', () => ['DELETE', `/api/threads/${thread.id}`]],
  ['reads its comments', () => ['GET', `/api/threads/${thread.id}/comments`]],
  ['writes one', () => ['POST', `/api/threads/${thread.id}/comments`, { id: randomUUID(), body: 'Hi' }]],
  [
    'sends its comment again',
    () => ['POST', `/api/threads/${thread.id}/comments`, { id: comment.id, body: 'x' }],
  ],
  ['changes its comment', () => ['PATCH', `/api/comments/${comment.id}`, { body: 'Theirs' }]],
  ['deletes its comment', () => ['DELETE', `/api/comments/${comment.id}`]],
  [
    'adds an item',
    () => [
      'POST',
      `/api/threads/${thread.id}/items`,
      { id: randomUUID(), kind: 'task', title: 'x', url: '' },
    ],
  ],
  ['removes its item', () => ['DELETE', `/api/items/${item.id}`]],
  ['reads its document', () => ['GET', `/api/threads/${thread.id}/document`]],
  ['writes into its document', () => ['PUT', `/api/threads/${thread.id}/document`, emptyDocument()]],
]

describe('somebody of another organization', () => {
  it.each(requests)('never %s', async (_what, request) => {
    expect(await stranger.refusal(...request())).toBe('404 not_found')
  })

  it('finds out no more of what exists than of what does not', async () => {
    const answer = await stranger.send('GET', `/api/threads/${thread.id}`)
    const missing = await stranger.send('GET', `/api/threads/${randomUUID()}`)
    expect([answer.status, await answer.text()]).toEqual([missing.status, await missing.text()])
  })

  it('can not take over an id, nor reach a thread through one of their own', async () => {
    const draft = { id: thread.id, title: 'Theirs', description: '' }
    expect(await stranger.refusal('POST', '/api/threads', draft)).toBe('409 conflict')
    const own: Thread = await stranger.call('POST', '/api/threads', { ...draft, id: randomUUID() })
    const path = `/api/threads/${own.id}`
    expect(await stranger.refusal('POST', `${path}/comments`, { id: comment.id, body: 'x' })).toBe(
      '409 conflict',
    )
    const before = await stranger.call('GET', `${path}/comments?before=${comment.id}`)
    expect(before).toEqual([])
  })

  it('has lists and a feed of their own', async () => {
    const threads: Thread[] = await stranger.call('GET', '/api/threads')
    const lines: Activity[] = await stranger.call('GET', '/api/activity')
    const { people } = await stranger.me()
    expect(threads.length).toBeGreaterThan(0)
    expect(threads.some(({ id }) => id === thread.id)).toBe(false)
    expect(new Set([...threads.map(({ author }) => author), ...lines.map(({ actor }) => actor)])).toEqual(
      new Set(people.map(({ id }) => id)),
    )
  })

  it('has changed nothing', async () => {
    const { thread: now, comments, items } = await maya.call('GET', `/api/threads/${thread.id}`)
    expect(now).toMatchObject({ title: 'Ours', version: 1, comments: 1, items: 1 })
    expect([comments, items]).toEqual([[comment], [item]])
  })
})

describe('somebody who is not signed in', () => {
  it.each(requests)('never %s', async (_what, request) => {
    expect(await nobody.refusal(...request())).toBe('401 unauthorized')
  })

  it('gets no list, no feed, no token and no channel', async () => {
    for (const path of ['/api/me', '/api/threads', '/api/activity', '/api/realtime/token']) {
      expect(await nobody.refusal('GET', path)).toBe('401 unauthorized')
    }
    expect((await nobody.authorize('private-org-northwind')).status).toBe(401)
  })
})

describe('channels', () => {
  const signed = (text: string) => `${APP.key}:${createHmac('sha256', SECRET).update(text).digest('hex')}`

  it('of the own organization are signed', async () => {
    const answer = await maya.authorize('private-org-northwind', '7.8')
    expect(await answer.json()).toEqual({ auth: signed('7.8:private-org-northwind') })
  })

  it('of a thread are signed with who looks at it', async () => {
    const channel = `presence-thread-${thread.id}`
    const { auth, channel_data } = await (await maya.authorize(channel, '7.8')).json()
    expect(auth).toBe(signed(`7.8:${channel}:${channel_data}`))
    expect(JSON.parse(channel_data)).toEqual({
      user_id: 'maya',
      user_info: { name: 'Maya Okafor', avatar: expect.stringMatching(/^data:image\/svg/) },
    })
    expect(Buffer.byteLength(channel_data)).toBeLessThan(1_024)
  })

  it.each([
    ['another organization’s', () => 'private-org-northwind'],
    ['another organization’s thread’s', () => `presence-thread-${thread.id}`],
    ['a missing thread’s', () => `presence-thread-${randomUUID()}`],
    ['a thread’s under another kind', () => `private-thread-${thread.id}`],
    ['nobody’s', () => 'private-everything'],
    ['an organization’s under another kind', () => 'presence-org-halcyon'],
    ['the prefix alone', () => 'presence-thread-'],
  ])('are refused: %s', async (_what, channel) => {
    const answer = await stranger.authorize(channel())
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: { code: 'forbidden' } })
  })

  it('are not signed for what is no connection or no channel', async () => {
    for (const socket of ['', '1', '1.2:x', '1.2\n']) {
      expect((await maya.authorize('private-org-northwind', socket)).status).toBe(400)
    }
    expect((await maya.authorize('private-org-northwind:x')).status).toBe(400)
  })

  it('know people of @nowcast/client by a token', async () => {
    const token = await (await maya.send('GET', '/api/realtime/token')).text()
    const [header = '', claims = '', signature] = token.split('.')
    expect(signature).toBe(createHmac('sha256', SECRET).update(`${header}.${claims}`).digest('base64url'))
    const payload = JSON.parse(Buffer.from(claims, 'base64url').toString())
    expect(payload).toMatchObject({ sub: 'maya', name: 'Maya Okafor', org: 'northwind' })
    expect(payload.exp - payload.iat).toBe(900)
    // Longer ones are cut off by the server.
    expect(payload.avatar.length).toBeLessThanOrEqual(500)
  })
})
