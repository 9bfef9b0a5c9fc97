// Apps of the database come, change and go while nodes run and clients are connected.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createBackend } from '@nowcast/client/backend'
import type { Json } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AppStore } from '../../packages/server/src/store/appStore.ts'
import { connectTo, DEFAULT_PAIR, type Pair } from '../support/appClients.ts'
import { overEveryCluster } from '../support/everyCluster.ts'
import { PusherReceiver } from '../support/pusherReceiver.ts'
import { pusherRequest } from '../support/pusherRequest.ts'
import type { RawClient } from '../support/rawClient.ts'
import { pusherAuth, RawPusherClient } from '../support/rawPusherClient.ts'
import { eventually } from '../support/testDatabase.ts'
import { tokenFor } from '../support/tokens.ts'

const newPair = (): Pair => ({
  key: randomBytes(6).toString('hex'),
  secret: randomBytes(12).toString('hex'),
})

overEveryCluster({ channels: { '*': { publish: true } } }, (nodes) => {
  let store: AppStore
  beforeAll(async () => {
    store = (await nodes().database.open()).apps
  })
  const clients: RawClient[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.terminate()
  })
  afterAll(() => nodes().disconnect())

  async function connect(pair: Pair, on = 0, user = 'ada'): Promise<RawClient> {
    const client = await connectTo(nodes().urlOf(on), pair, user)
    clients.push(client)
    return client
  }

  const outcome = (pair: Pair, on: number) =>
    connect(pair, on).then(
      () => 'connected',
      (error: Error) => error.message,
    )

  /** Waits until connecting ends so on every node. */
  const untilAll = (pair: Pair, expected: string) =>
    eventually(
      async () => (await outcome(pair, 0)) === expected && (await outcome(pair, 1)) === expected,
      `"${expected}" on every node`,
    )

  async function newApp(policies?: Json): Promise<{ readonly id: string; readonly pair: Pair }> {
    const [id, pair] = [`app-${randomUUID()}`, newPair()]
    expect(await store.create({ id, name: 'An app' }, pair)).toBe(true)
    if (policies !== undefined) await setPolicies(id, policies)
    else await untilAll(pair, 'connected')
    return { id, pair }
  }

  async function change(sql: string, values: readonly unknown[]): Promise<void> {
    const client = await nodes().database.connect()
    await client.query(sql, [...values])
    await client.end()
  }

  const setPolicies = (id: string, policies: Json) =>
    change('update nowcast.apps set policies = $2 where id = $1', [id, JSON.stringify(policies)])

  const subscribe = async (client: RawClient, channel: string) => {
    const { channels } = await client.call('subscribe', { channels: [{ channel }] })
    const [result] = channels
    return result !== undefined && 'error' in result ? result.error.code : 'subscribed'
  }

  describe('keys', () => {
    it('are added and retired while clients are connected', async () => {
      const { id, pair } = await newApp()
      const early = await connect(pair, 1)
      await subscribe(early, 'news')
      const next = newPair()
      expect(await store.addKey(id, next)).toBe(true)
      await untilAll(next, 'connected')
      expect(await outcome(pair, 0)).toBe('connected')
      // Whichever key a client names, a token by any of the secrets holds.
      expect(await outcome({ key: pair.key, secret: next.secret }, 1)).toBe('connected')
      expect(await store.retireKey(id, pair.key)).toBe('retired')
      await untilAll(pair, 'unknown_app')
      expect(await outcome({ key: next.key, secret: pair.secret }, 0)).toBe('unauthorized')
      await (await connect(next)).call('publish', { channel: 'news', event: 'e', eventId: 'late', data: 1 })
      await early.until(() => early.events('news').length === 1, 'the event')
      const withSecret = (secret: string) => early.call('refresh', { token: tokenFor('ada', {}, secret) })
      await expect(withSecret(pair.secret)).rejects.toThrow('unauthorized')
      expect(await withSecret(next.secret)).toHaveProperty('expiresAt')
      const backend = (one: Pair) => createBackend({ url: nodes().urlOf(1), ...one, retries: 0 })
      await expect(backend(pair).publish('news', 'e', 2)).rejects.toMatchObject({ code: 'unknown_app' })
      await backend(next).publish('news', 'e', 3)
    })

    it('are never all retired, and no two apps have the same one', async () => {
      const { id, pair } = await newApp()
      expect(await store.retireKey(id, pair.key)).toBe('last')
      expect(await store.retireKey(id, 'another')).toBe('unknown')
      expect(await store.create({ id: `app-${randomUUID()}`, name: 'Thief' }, pair)).toBe(false)
      expect(await store.create({ id, name: 'Again' }, newPair())).toBe(false)
      expect(await store.addKey('no-such-app', newPair())).toBe(false)
    })
  })

  it('an app that is disabled lets its clients go and refuses others, until it is enabled', async () => {
    const { id, pair } = await newApp()
    const { pair: another } = await newApp()
    const [ada, bob, stranger] = [await connect(pair), await connect(pair, 1, 'bob'), await connect(another)]
    expect(await store.setEnabled(id, false)).toBe(true)
    expect([await ada.closeCode(), await bob.closeCode()]).toEqual([4403, 4403])
    expect(ada.pushes.at(-1)).toMatchObject({ type: 'error', error: { code: 'app_disabled' } })
    await untilAll(pair, 'app_disabled')
    const publish = () =>
      createBackend({ url: nodes().urlOf(0), ...pair, retries: 0 }).publish('news', 'e', 1)
    await expect(publish()).rejects.toMatchObject({ code: 'app_disabled' })
    expect(await stranger.call('ping', {})).toEqual({})
    await store.setEnabled(id, true)
    await untilAll(pair, 'connected')
    expect(await publish()).toMatchObject({ duplicate: false })
  })

  it("holds over Pusher's protocol and its HTTP API: keys, policies, and that an app is disabled", async () => {
    const { id, pair } = await newApp({ pusher: { maxEventNameLength: 5 } })
    await untilAll(pair, 'connected')
    const url = nodes().urlOf(0)
    const path = (key: string) => `/app/${key}?protocol=7&client=js&version=8.6.0&flash=false`
    const ada = await RawPusherClient.connect(nodes().urlOf(1), path(pair.key))
    const sharing = await RawPusherClient.connect(nodes().urlOf(1))
    const trigger = async (one: Pair, name: string, app = id) => {
      const body = JSON.stringify({ name, channels: ['news', 'private-news'], data: '"hello"' })
      return (await pusherRequest(url, { app, ...one, body })).status
    }
    const subscribe = async (channel: string, one: Pair) => {
      const auth = pusherAuth(`${ada.socketId}:${channel}`, one.secret, one.key)
      const before = ada.answers(channel).length
      ada.say('pusher:subscribe', { channel, auth })
      await ada.until(() => ada.answers(channel).length > before, 'an answer')
      return ada.answers(channel).at(-1)?.event
    }
    const next = newPair()
    await store.addKey(id, next)
    await untilAll(next, 'connected')
    await sharing.subscribe('news')
    expect(await subscribe('private-news', DEFAULT_PAIR)).toBe('pusher:subscription_error')
    expect(await subscribe('private-news', next)).toBe('pusher_internal:subscription_succeeded')
    expect([await trigger(pair, 'first'), await trigger(next, 'again')]).toEqual([200, 200])
    expect(await trigger(next, 'longer')).toBe(400)
    expect(await trigger(DEFAULT_PAIR, 'forged')).not.toBe(200)
    expect(await trigger(DEFAULT_PAIR, 'longer', '1')).toBe(200)
    await store.retireKey(id, pair.key)
    await untilAll(pair, 'unknown_app')
    expect(await trigger(pair, 'third')).toBe(401)
    expect(await trigger(next, 'last')).toBe(200)
    await ada.untilHeard('last', 'private-news')
    await sharing.untilHeard('longer', 'news')
    expect(sharing.heard('first')).toEqual([])
    const refused = await RawPusherClient.open(url, path(pair.key))
    expect(await refused.closeCode()).toBe(4001)
    await store.setEnabled(id, false)
    expect(await ada.closeCode()).toBe(4003)
    expect(await trigger(next, 'none')).toBe(403)
    sharing.terminate()
  })

  it('an app that is removed is no more, and is there again when it comes back', async () => {
    const { id, pair } = await newApp()
    const ada = await connect(pair)
    const path = `/app/${pair.key}?protocol=7&client=js&version=8.6.0&flash=false`
    const page = await RawPusherClient.connect(nodes().urlOf(1), path)
    await change('delete from nowcast.apps where id = $1', [id])
    expect(await ada.closeCode()).toBe(4404)
    expect(await page.closeCode()).toBe(4001)
    await untilAll(pair, 'unknown_app')
    expect(await store.create({ id, name: 'Back' }, pair)).toBe(true)
    await untilAll(pair, 'connected')
    const eve = await connect(pair, 1, 'eve')
    await eve.call('people.watch', { users: ['ada'] })
    const status = () =>
      eve.pushes.flatMap((push) => (push.type === 'people' ? push.people : [])).at(-1)?.status
    await connect(pair)
    await eve.until(() => status() === 'online', 'ada to be online')
  })

  describe('policies', () => {
    it('change for those who are connected', async () => {
      const { id, pair } = await newApp()
      const ada = await connect(pair)
      expect(await subscribe(ada, 'staff')).toBe('subscribed')
      expect(await subscribe(ada, 'news')).toBe('subscribed')
      await setPolicies(id, {
        channels: { staff: { subscribe: false }, '*': { publish: 'user' } },
        limits: { events: '1/h' },
      })
      await ada.until(() => ada.pushes.some((push) => push.type === 'unsubscribed'), 'the end of one')
      expect(ada.pushes).toMatchObject([{ channel: 'staff', error: { code: 'forbidden' } }])
      expect(await subscribe(ada, 'staff')).toBe('forbidden')
      const publish = (eventId: string) =>
        ada.call('publish', { channel: 'news', event: 'e', eventId, data: 1 })
      await publish('one')
      await expect(publish('two')).rejects.toThrow('limit_exceeded')
      await setPolicies(id, {})
      await eventually(async () => (await subscribe(ada, 'staff')) === 'subscribed', 'the shared policies')
    })

    it('say whether numbers of subscribers are told, those from before included', async () => {
      const { id, pair } = await newApp({ channels: { '*': { subscribe: true } } })
      await untilAll(pair, 'connected')
      const path = `/app/${pair.key}?protocol=7&client=js&version=8.6.0&flash=false`
      const pages: RawPusherClient[] = []
      const subscribed = async (node: number) => {
        const page = await RawPusherClient.connect(nodes().urlOf(node), path)
        pages.push(page)
        await page.subscribe('room')
        return page
      }
      for (const node of [1, 1, 1]) await subscribed(node)
      const receiver = await PusherReceiver.start(pair.key, pair.secret)
      const webhooks = [{ url: receiver.url, events: ['subscription_count'] }]
      const take = async (pusher: Json, marker: string) => {
        await setPolicies(id, { channels: { '*': { subscribe: true } }, pusher })
        const body = JSON.stringify({ name: marker, data: '', channel: 'other' })
        for (const node of [0, 1]) {
          const isTaken = async () =>
            (await pusherRequest(nodes().urlOf(node), { app: id, ...pair, body })).status === 400
          await eventually(isTaken, 'the policies')
        }
      }
      await take({ webhooks, maxEventNameLength: 5 }, 'longer')
      const heard = () => receiver.of('room').map(({ subscription_count: count }) => count)
      await take({ webhooks, maxEventNameLength: 4, subscriptionCounts: true }, 'later')
      const last = await subscribed(0)
      const told = () => last.data('pusher_internal:subscription_count').at(-1)?.subscription_count
      await last.until(() => told() === 4, 'all four')
      await eventually(() => heard().at(-1) === 4, 'four to be told', 15_000)
      for (const page of pages) page.terminate()
      await receiver.stop()
    })

    it('limit the connections of an address, for each app by itself', async () => {
      const { id, pair } = await newApp()
      const { pair: another } = await newApp()
      await setPolicies(id, { limits: { connectionsPerAddress: 1, connects: false } })
      for (const client of clients.splice(0)) client.terminate()
      await eventually(async () => {
        const both = [await outcome(pair, 0), await outcome(pair, 0)]
        for (const client of clients.splice(0)) client.terminate()
        return both.join() === 'connected,too_many_connections'
      }, 'the limit')
      expect([await outcome(another, 0), await outcome(another, 0)]).toEqual(['connected', 'connected'])
    })

    it('say where messages to those who are offline are told', async () => {
      const { id, pair } = await newApp()
      const heard: string[] = []
      const receiver = createServer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk)
        const event = await createBackend({ url: 'http://localhost', ...pair }).webhook(
          request.headers,
          Buffer.concat(chunks),
        )
        for (const { message } of event.messages) heard.push(`${request.url} ${message.body}`)
        response.writeHead(204).end()
      }).listen(0, '127.0.0.1')
      await once(receiver, 'listening')
      const address = receiver.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      try {
        const ada = await connect(pair)
        const conversation = `talk-${randomUUID()}`
        await ada.call('conversation.create', { conversation, name: 'Talk', members: ['gone'] })
        const send = (body: string) =>
          ada.call('conversation.send', { conversation, messageId: randomUUID(), body })
        await send('untold')
        for (const path of ['/first', '/second']) {
          await setPolicies(id, { webhooks: { url: `http://127.0.0.1:${port}${path}` } })
          // Which one is told before a node has heard of the change is left open.
          await eventually(
            async () => {
              await send('told')
              return heard.some((line) => line === `${path} told`)
            },
            `a message at ${path}`,
            30_000,
          )
        }
        expect(heard.filter((line) => line.endsWith('untold'))).toEqual([])
      } finally {
        receiver.closeAllConnections()
        receiver.close()
      }
    })

    it('that can not be used change nothing', async () => {
      const { id, pair } = await newApp({ channels: { staff: { subscribe: false } } })
      await untilAll(pair, 'connected')
      await eventually(
        async () => (await subscribe(await connect(pair), 'staff')) === 'forbidden',
        'the first policy',
      )
      const bad: Json[] = [
        { channels: { staff: { subscribe: 'everybody' } } },
        { limits: { messages: 'many' } },
        { unheard: 1 },
        [],
        null,
      ]
      for (const policies of bad) await setPolicies(id, policies)
      const { pair: later } = await newApp()
      expect(await outcome(pair, 0)).toBe('connected')
      expect(await subscribe(await connect(pair), 'staff')).toBe('forbidden')
      expect(await outcome(later, 1)).toBe('connected')
      await setPolicies(id, { channels: { staff: { subscribe: true } } })
      await eventually(
        async () => (await subscribe(await connect(pair), 'staff')) === 'subscribed',
        'the corrected policy',
      )
    })
  })

  it('an app of the configuration is not replaced by one of the database', async () => {
    const pair = newPair()
    expect(await store.create({ id: '1', name: 'Usurper' }, pair)).toBe(true)
    const thief = `app-${randomUUID()}`
    await store.create({ id: thief, name: 'Thief' }, newPair())
    await store.addKey(thief, { key: DEFAULT_PAIR.key, secret: 'guessed' })
    await newApp()
    expect(await outcome(pair, 0)).toBe('unknown_app')
    expect(await outcome(DEFAULT_PAIR, 0)).toBe('connected')
    expect(await outcome({ key: DEFAULT_PAIR.key, secret: 'guessed' }, 0)).toBe('unauthorized')
    await change('delete from nowcast.apps where id in ($1, $2)', ['1', thief])
  })

  it('changes are not missed when connections to the database are lost', async () => {
    const { id, pair } = await newApp()
    const ada = await connect(pair)
    await change(
      `with ended as (
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'nowcast' and pid <> pg_backend_pid()
      ), counted as (select count(*) from ended)
      update nowcast.apps set enabled = false from counted where id = $1`,
      [id],
    )
    expect(await ada.closeCode()).toBe(4403)
    await eventually(() => outcome(pair, 1).then((code) => code === 'app_disabled'), 'the change')
  })
})
