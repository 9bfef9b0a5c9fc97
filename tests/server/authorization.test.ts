// Clients whose application decides who may subscribe, and events that spare who has published them.
import { randomUUID } from 'node:crypto'
import { type ClientOptions, createClient, type NowcastClient, NowcastError } from '@nowcast/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Authorizer } from '../support/authorizer.ts'
import { overEveryCluster } from '../support/everyCluster.ts'
import { Relay } from '../support/relay.ts'
import { tokenFor } from '../support/tokens.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 })

overEveryCluster({ channels: { 'open-*': { publish: true } } }, (nodes) => {
  let authorizer: Authorizer
  let relay: Relay
  beforeAll(async () => {
    relay = await Relay.start(Number(new URL(nodes().urlOf(0)).port))
  })
  afterAll(() => relay?.stop())
  beforeEach(async () => {
    authorizer = await Authorizer.start()
  })
  const clients: NowcastClient[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await authorizer?.stop()
  })

  const make = (user: string, url: string, options: Partial<ClientOptions> = {}) => {
    const client = createClient({
      url,
      token: () => tokenFor(user),
      authorize: authorizer.url,
      WebSocket,
      transports: ['websocket'],
      backoff: { minMs: 5, maxMs: 50 },
      outbox: { storage: 'memory' },
      ...options,
    })
    clients.push(client)
    return client
  }

  /** A client that listens to a channel, with what it heard. */
  const listen = (channel: string, user = 'ada', url = nodes().urlOf(0), options = {}) => {
    const client = make(user, url, options)
    const live = client.channel(channel)
    const heard: unknown[] = []
    const gaps: unknown[] = []
    live.onAny(({ data }) => heard.push(data))
    live.onGap((gap) => gaps.push(gap))
    const subscribed = () => until(() => expect(live.getSnapshot().state).toBe('subscribed'))
    return { client, live, heard, gaps, subscribed }
  }
  const name = (prefix = 'private') => `${prefix}-${randomUUID()}`

  describe('an endpoint of the application', () => {
    it('is asked for private and presence channels alone, and its word holds', async () => {
      const channels = [name('private'), name('presence'), name('open')]
      const subscriptions = channels.map((channel) => listen(channel))
      for (const { subscribed } of subscriptions) await subscribed()
      expect(authorizer.asked.map(({ channel }) => channel).sort()).toEqual(channels.slice(0, 2).sort())
      const ids = subscriptions.map(({ client }) => client.connection.getSnapshot().id)
      expect(authorizer.asked.map(({ connection }) => connection)).toEqual(
        expect.arrayContaining(ids.slice(0, 2)),
      )
    })

    it('refuses with 403, for good, and others go on', async () => {
      const [closed, open] = [name(), name()]
      authorizer.decide = ({ channel }) => (channel === closed ? 403 : 200)
      const { client, live } = listen(closed)
      client.channel(open).on('e', () => {})
      await until(() =>
        expect(live.getSnapshot()).toMatchObject({ state: 'refused', error: { code: 'forbidden' } }),
      )
      await until(() => expect(client.channel(open).getSnapshot().state).toBe('subscribed'))
      expect(authorizer.asked.filter(({ channel }) => channel === closed)).toHaveLength(1)
    })

    it('that fails is asked again', async () => {
      let failures = 0
      authorizer.decide = () => (failures++ < 2 ? 500 : 200)
      const { subscribed } = listen(name())
      await subscribed()
      expect(authorizer.asked).toHaveLength(3)
    })

    it('is asked anew on another connection, and nothing was missed', async () => {
      const channel = name()
      const { client, live, heard, gaps, subscribed } = listen(channel, 'ada', relay.url)
      const other = listen(channel, 'bob', nodes().urlOf(1))
      await subscribed()
      await other.subscribed()
      await other.live.publish('client-e', 1)
      await until(() => expect(heard).toEqual([1]))
      relay.cut()
      await until(() => expect(live.getSnapshot().state).toBe('subscribing'))
      await other.live.publish('client-e', 2)
      await subscribed()
      await until(() => expect(heard).toEqual([1, 2]))
      expect(gaps).toEqual([])
      const ids = authorizer.asked.map(({ connection }) => connection)
      expect(new Set(ids).size).toBe(3)
      expect(ids.at(-1)).toBe(client.connection.getSnapshot().id)
    })

    it('may be a function, which is called for six channels at once at most', async () => {
      let [now, most] = [0, 0]
      const open: (() => void)[] = []
      const client = make('ada', nodes().urlOf(0), {
        authorize: async () => {
          now += 1
          most = Math.max(most, now)
          await new Promise<void>((resolve) => open.push(resolve))
          now -= 1
          throw new NowcastError('forbidden', 'Nobody may.')
        },
      })
      const channels = Array.from({ length: 20 }, () => client.channel(name()))
      for (const channel of channels) channel.on('e', () => {})
      for (let asked = 0; asked < 20; asked += 1) {
        await until(() => expect(open.length).toBeGreaterThan(asked))
        open[asked]?.()
      }
      await until(() => {
        for (const channel of channels) expect(channel.getSnapshot().state).toBe('refused')
      })
      expect(most).toBe(6)
    })
  })

  describe('what is published', () => {
    it('by who subscribes with a signature waits until it is subscribed again', async () => {
      const channel = name()
      const publisher = listen(channel, 'ada', relay.url)
      const other = listen(channel, 'bob', nodes().urlOf(1))
      await publisher.subscribed()
      await other.subscribed()
      relay.cut()
      const published = [1, 2, 3].map((data) => publisher.live.publish('client-e', data))
      await Promise.all(published)
      await until(() => expect(other.heard).toEqual([1, 2, 3]))
    })

    it('without an echo reaches all others, and never its publisher, whatever becomes of the connection', async () => {
      const channel = name('open')
      const publisher = listen(channel, 'ada', relay.url)
      const others = [listen(channel, 'ada'), listen(channel, 'bob', nodes().urlOf(1))]
      for (const { subscribed } of [publisher, ...others]) await subscribed()
      const published: Promise<unknown>[] = []
      for (let data = 1; data <= 30; data += 1) {
        if (data % 10 === 0) relay.cut()
        published.push(publisher.live.publish('e', data, { echo: data % 3 === 0 }))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(published)
      const all = Array.from({ length: 30 }, (_, index) => index + 1)
      for (const { heard } of others) await until(() => expect([...heard].sort(by)).toEqual(all))
      await until(() => expect([...publisher.heard].sort(by)).toEqual(all.filter((data) => data % 3 === 0)))
      expect(publisher.gaps).toEqual([])
    })
  })
})

const by = (one: unknown, other: unknown) => Number(one) - Number(other)
