// Threads on Nowcast: the backend's broadcasts and its word on who may listen, with pusher-js and @nowcast/client alike.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { createClient, NowcastError } from '@nowcast/client'
import type PusherModule from 'pusher-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { organizationChannel, type Thread, threadChannel } from '../../examples/threads/shared/api.ts'
import { overEveryCluster } from '../support/everyCluster.ts'
import { eventually } from '../support/testDatabase.ts'
import { type Page, startThreads, type ThreadsBackend } from '../support/threadsBackend.ts'

// Its types are those of a module with a default, which it is not in Node.js.
const PusherClient: typeof PusherModule.default = createRequire(import.meta.url)('pusher-js')

const app = { appId: '1', key: 'dev-key', secret: 'dev-secret' }

/** What somebody hears on a channel, whichever client they have. */
interface Listener {
  readonly heard: { readonly name: string; readonly data: unknown }[]
  state(): 'pending' | 'subscribed' | 'refused'
  /** The connection's id, for requests that spare this page. */
  socket(): string
  close(): void
}

type Listen = (page: Page, url: string, channel: string) => Listener

const withPusher: Listen = (page, url, channel) => {
  const { hostname, port } = new URL(url)
  const client = new PusherClient(app.key, {
    cluster: '',
    wsHost: hostname,
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ['ws'],
    channelAuthorization: {
      transport: 'ajax',
      endpoint: '',
      customHandler: ({ socketId, channelName }, answer) => {
        page.authorize(channelName, socketId).then(
          async (response) => {
            if (response.ok) answer(null, await response.json())
            else answer(new Error(`It answered ${response.status}.`), null)
          },
          (error: unknown) => answer(error instanceof Error ? error : new Error(String(error)), null),
        )
      },
    },
  })
  const heard: Listener['heard'] = []
  let state: ReturnType<Listener['state']> = 'pending'
  const live = client.subscribe(channel)
  live.bind('pusher:subscription_succeeded', () => {
    state = 'subscribed'
  })
  live.bind('pusher:subscription_error', () => {
    state = 'refused'
  })
  live.bind_global((name: string, data: unknown) => {
    if (!name.startsWith('pusher:')) heard.push({ name, data })
  })
  return {
    heard,
    state: () => state,
    socket: () => client.connection.socket_id,
    close: () => client.disconnect(),
  }
}

const withNowcast: Listen = (page, url, channel) => {
  const client = createClient({
    url,
    token: async () => (await page.send('GET', '/api/realtime/token')).text(),
    authorize: async ({ channel: asked, connection }) => {
      const response = await page.authorize(asked, connection)
      if (!response.ok) throw new NowcastError('forbidden', `It answered ${response.status}.`)
      return response.json()
    },
    WebSocket,
    transports: ['websocket'],
    outbox: { storage: 'memory' },
  })
  const heard: Listener['heard'] = []
  const live = client.channel(channel)
  live.onAny(({ name, data }) => heard.push({ name, data }))
  live.onState(() => {})
  return {
    heard,
    state() {
      const { state } = live.getSnapshot()
      return state === 'subscribed' || state === 'refused' ? state : 'pending'
    },
    socket: () => client.connection.getSnapshot().id ?? '',
    close: () => client.close(),
  }
}

overEveryCluster({ pusher: { maxEventBytes: 32_768 } }, (nodes) => {
  let backend: ThreadsBackend
  let maya: Page
  let jonas: Page
  let stranger: Page
  let thread: Thread
  beforeAll(async () => {
    backend = await startThreads(nodes().urlOf(0), { app, database: nodes().database })
    maya = await backend.page('maya')
    jonas = await backend.page('jonas')
    stranger = await backend.page('ines')
  })
  afterAll(() => backend?.stop())

  beforeEach(async () => {
    // Made long enough ago that nobody hears of it any more.
    thread = await maya.call('POST', '/api/threads', { id: randomUUID(), title: 'Live', description: '' })
  })
  const listeners: Listener[] = []
  afterEach(() => {
    for (const listener of listeners.splice(0)) listener.close()
  })

  describe.each([
    ['pusher-js', withPusher],
    ['@nowcast/client', withNowcast],
  ])('with %s', (_name, listen) => {
    const open = async (page: Page, channel: string, expected: 'subscribed' | 'refused' = 'subscribed') => {
      const listener = listen(page, nodes().urlOf(1), channel)
      listeners.push(listener)
      await eventually(() => listener.state() !== 'pending', `the word on ${channel}`)
      expect(listener.state()).toBe(expected)
      return listener
    }
    const names = ({ heard }: Listener) => heard.map(({ name }) => name)

    it('pages hear what the others of their organization do', async () => {
      const overview = await open(jonas, organizationChannel('northwind'))
      const detail = await open(jonas, threadChannel(thread.id))
      const path = `/api/threads/${thread.id}`
      const changed = await maya.call('PATCH', path, { version: 1, status: 'resolved' })
      const comment = await maya.call('POST', `${path}/comments`, { id: randomUUID(), body: 'Done' })
      await eventually(() => overview.heard.length >= 3, 'the feed')
      await eventually(() => detail.heard.length >= 2, 'the comment')
      expect(names(detail)).toEqual(['status:changed', 'comment:created'])
      expect(detail.heard[0]?.data).toEqual({ thread: changed, actor: 'maya', at: expect.any(Number) })
      expect(detail.heard[1]?.data).toEqual({ comment, at: expect.any(Number) })
      expect(names(overview)).toEqual(['status:changed', 'activity', 'activity'])
    })

    it('the page that acts is spared what it knows', async () => {
      const acting = await open(maya, threadChannel(thread.id))
      const other = await open(jonas, threadChannel(thread.id))
      const path = `/api/threads/${thread.id}/comments`
      const own = { 'x-socket-id': acting.socket() }
      await maya.call('POST', path, { id: randomUUID(), body: 'Mine' }, own)
      await jonas.call('POST', path, { id: randomUUID(), body: 'His' })
      await eventually(() => other.heard.length >= 2 && acting.heard.length >= 1, 'the comments')
      expect(other.heard).toHaveLength(2)
      expect(acting.heard).toMatchObject([{ data: { comment: { body: 'His' } } }])
    })

    it('the longest description arrives whole', async () => {
      const detail = await open(jonas, threadChannel(thread.id))
      const description = '界'.repeat(10_000)
      await maya.call('PATCH', `/api/threads/${thread.id}`, { version: 1, description })
      await eventually(() => detail.heard.length > 0, 'the change')
      expect(detail.heard).toMatchObject([{ name: 'thread:updated', data: { thread: { description } } }])
    })

    it('strangers and those who come too late are refused', async () => {
      await open(stranger, organizationChannel('northwind'), 'refused')
      await open(stranger, threadChannel(thread.id), 'refused')
      await maya.call('DELETE', `/api/threads/${thread.id}`)
      await open(maya, threadChannel(thread.id), 'refused')
    })
  })
})
