// Two apps with the same users, channels and conversations never hear each other: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createBackend, type WebhookEvent } from '@nowcast/client/backend'
import { conversationChannel, type Message } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { connectTo, DEFAULT_PAIR, type Pair } from '../support/appClients.ts'
import { overEveryCluster } from '../support/everyCluster.ts'
import { MemberView } from '../support/memberView.ts'
import type { RawClient } from '../support/rawClient.ts'
import { tokenFor } from '../support/tokens.ts'
import { UNLIMITED } from '../support/unlimited.ts'

const OTHER: Pair = { key: 'other-key', secret: 'other-secret' }
const PAIRS = [DEFAULT_PAIR, OTHER] as const
const HOOKS_PORT_PLACE = 'http://127.0.0.1:'

let hooks: Server
const heard: { readonly path: string; readonly event: WebhookEvent }[] = []
const hooksConfig = { url: '' }
const otherHooksConfig = { url: '' }
beforeAll(async () => {
  hooks = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = request.url ?? ''
    const pair = path === '/other' ? OTHER : DEFAULT_PAIR
    const backend = createBackend({ url: 'http://127.0.0.1:1', ...pair })
    heard.push({ path, event: await backend.webhook(request.headers, Buffer.concat(chunks)) })
    response.writeHead(204).end()
  })
  hooks.listen(0, '127.0.0.1')
  await once(hooks, 'listening')
  const address = hooks.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  hooksConfig.url = `${HOOKS_PORT_PLACE}${port}/first`
  otherHooksConfig.url = `${HOOKS_PORT_PLACE}${port}/other`
})
afterAll(() => {
  hooks?.closeAllConnections()
  hooks?.close()
})

const clients: RawClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate()
})

overEveryCluster(
  {
    channels: { 'room-*': { publish: 'user' }, 'mine-*': { subscribe: false } },
    webhooks: hooksConfig,
    presence: { linger: 200 },
    apps: [
      {
        id: 'other',
        ...OTHER,
        channels: { 'room-*': { publish: 'user', history: { size: 2 } } },
        limits: { ...UNLIMITED, messages: '2/h', typing: '1/h' },
        webhooks: otherHooksConfig,
      },
    ],
  },
  (nodes) => {
    /** The same user of each app, on the node of that number. */
    async function both(user: string, on = 0): Promise<readonly [RawClient, RawClient]> {
      const connect = async (pair: Pair) => {
        const client = await connectTo(nodes().urlOf(on), pair, user)
        clients.push(client)
        return client
      }
      return [await connect(PAIRS[0]), await connect(PAIRS[1])]
    }

    const join = (client: RawClient, channel: string) => client.call('subscribe', { channels: [{ channel }] })
    const publish = (client: RawClient, channel: string, data: string, eventId = randomUUID()) =>
      client.call('publish', { channel, event: 'said', eventId, data })
    const said = (client: RawClient, channel: string) => client.events(channel).map(({ data }) => data)

    it('on a channel, in its history, by the ids of events and by policies', async () => {
      const room = `room-${randomUUID()}`
      const [ada, otherAda] = await both('ada')
      const [eve, otherEve] = await both('eve', 1)
      for (const client of [eve, otherEve]) await join(client, room)
      const eventId = randomUUID()
      expect(await publish(ada, room, 'first', eventId)).toMatchObject({ duplicate: false })
      expect(await publish(otherAda, room, 'other', eventId)).toMatchObject({
        duplicate: false,
        position: { offset: 1 },
      })
      for (const data of ['second', 'third']) await publish(ada, room, data)
      await publish(otherAda, room, 'other end')
      await eve.until(() => said(eve, room).length === 3, 'three events')
      await otherEve.until(() => said(otherEve, room).length === 2, 'two events')
      expect([said(eve, room), said(otherEve, room)]).toEqual([
        ['first', 'second', 'third'],
        ['other', 'other end'],
      ])
      await publish(otherAda, room, 'more')
      const past = async (client: RawClient) =>
        (await client.call('history', { channel: room })).publications.map(({ data }) => data)
      expect(await past(eve)).toEqual(['first', 'second', 'third'])
      // Its own policy keeps two.
      expect(await past(otherEve)).toEqual(['other end', 'more'])
      expect((await join(eve, 'mine-1')).channels).toMatchObject([{ error: { code: 'forbidden' } }])
      expect((await join(otherEve, 'mine-1')).channels).toMatchObject([{ recovery: 'fresh' }])
    })

    it('by requests of their backends', async () => {
      const room = `room-${randomUUID()}`
      const [eve, otherEve] = await both('eve', 1)
      for (const client of [eve, otherEve]) await join(client, room)
      const backend = (pair: Pair, secret = pair.secret) =>
        createBackend({ url: nodes().urlOf(0), key: pair.key, secret, retries: 0 })
      await backend(OTHER).publish(room, 'said', 'of the other')
      await backend(DEFAULT_PAIR).publish(room, 'said', 'of the first')
      await eve.until(() => said(eve, room).length > 0, 'the event')
      await otherEve.until(() => said(otherEve, room).length > 0, 'the event')
      expect([said(eve, room), said(otherEve, room)]).toEqual([['of the first'], ['of the other']])
      const crossed = backend(OTHER, DEFAULT_PAIR.secret).publish(room, 'said', 'forged')
      await expect(crossed).rejects.toMatchObject({ code: 'signature_invalid' })
    })

    it('by tokens: one of the other app is refused', async () => {
      const crossed = connectTo(nodes().urlOf(0), { ...OTHER, secret: DEFAULT_PAIR.secret }, 'ada')
      await expect(crossed).rejects.toThrow('unauthorized')
      const response = await fetch(`${nodes().urlOf(0)}/dev/token?key=${OTHER.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"Ada"}',
      })
      const { token } = await response.json()
      const client = await connectTo(nodes().urlOf(0), OTHER, 'bob')
      clients.push(client)
      await expect(client.call('refresh', { token })).rejects.toThrow('unauthorized')
      const own = await client.call('refresh', { token: tokenFor('bob', {}, OTHER.secret) })
      expect(own).toHaveProperty('expiresAt')
    })

    it('by who is there and who types', async () => {
      const room = `room-${randomUUID()}`
      const [ada, otherAda] = await both('ada')
      const [bob, otherBob] = await both('bob')
      const [eve, otherEve] = await both('eve', 1)
      for (const client of [ada, otherAda, bob, otherBob, eve, otherEve]) await join(client, room)
      const views = [await MemberView.watch(eve, room), await MemberView.watch(otherEve, room)] as const
      for (const client of [eve, otherEve]) await client.call('typing.watch', { channels: [room] })
      const typing = (client: RawClient) =>
        client.pushes
          .flatMap((push) => (push.type === 'typing' ? [push.users.map(({ id }) => id).join()] : []))
          .at(-1)
      await ada.call('presence.enter', { channel: room, data: 'first' })
      await ada.call('typing.start', { channel: room })
      await otherBob.call('presence.enter', { channel: room, data: 'other' })
      await otherBob.call('typing.start', { channel: room })
      await views[0].untilUsers('ada')
      await views[1].untilUsers('bob')
      await eve.until(() => typing(eve) === 'ada', 'ada to type')
      await otherEve.until(() => typing(otherEve) === 'bob', 'bob to type')
      await ada.call('presence.leave', { channel: room })
      await views[0].untilUsers()
      expect(views[1].users).toEqual(['bob'])
    })

    it('by who is online', async () => {
      const user = `user-${randomUUID()}`
      const [eve, otherEve] = await both('eve', 1)
      for (const client of [eve, otherEve]) await client.call('people.watch', { users: [user] })
      const status = (client: RawClient) =>
        client.pushes.flatMap((push) => (push.type === 'people' ? push.people : [])).map((one) => one.status)
      const other = await connectTo(nodes().urlOf(0), OTHER, user)
      await otherEve.until(() => status(otherEve).at(-1) === 'online', 'the user to be online')
      other.terminate()
      await otherEve.until(() => status(otherEve).at(-1) === 'offline', 'the user to be offline')
      expect(status(eve)).toEqual(['offline'])
    })

    it('in conversations of one id, in what is unread, and by limits', async () => {
      const conversation = `talk-${randomUUID()}`
      const [ada, otherAda] = await both('ada')
      const [bob, otherBob] = await both('bob', 1)
      for (const client of [ada, otherAda])
        await client.call('conversation.create', { conversation, name: 'Talk', members: ['bob'] })
      const send = (client: RawClient, body: string) =>
        client.call('conversation.send', { conversation, messageId: randomUUID(), body })
      for (const client of [bob, otherBob]) await join(client, conversationChannel(conversation))
      for (const body of ['a', 'b', 'c']) await send(ada, body)
      for (const body of ['x', 'y']) await send(otherAda, body)
      await expect(send(otherAda, 'z')).rejects.toThrow('limit_exceeded')
      expect(await send(ada, 'd')).toHaveProperty('message')
      const bodies = async (client: RawClient) =>
        (await client.call('conversation.history', { conversation })).messages.map(
          ({ body }: Message) => body,
        )
      expect([await bodies(bob), await bodies(otherBob)]).toEqual([
        ['d', 'c', 'b', 'a'],
        ['y', 'x'],
      ])
      const live = (client: RawClient) =>
        client.events(conversationChannel(conversation)).filter(({ name }) => name === 'message:created')
          .length
      await bob.until(() => live(bob) === 4, 'four messages')
      await otherBob.until(() => live(otherBob) === 2, 'two messages')
      const { conversations } = await otherBob.call('conversation.list', { scope: 'mine' })
      expect(conversations.find(({ id }) => id === conversation)).toMatchObject({ unread: 2 })
      const { messages } = await otherBob.call('conversation.search', { query: 'a', conversation })
      expect(messages).toEqual([])
    })

    it('by webhooks: each backend hears of its own messages', async () => {
      const conversation = `talk-${randomUUID()}`
      const clientsOfBoth = await both('eve')
      for (const [index, client] of clientsOfBoth.entries()) {
        await client.call('conversation.create', { conversation, name: 'Talk', members: ['gone'] })
        const body = `${index}`
        await client.call('conversation.send', { conversation, messageId: randomUUID(), body })
      }
      const told = () =>
        heard
          .filter(({ event }) => event.messages[0]?.message.conversation === conversation)
          .map(({ path, event }) => [
            path,
            event.app,
            event.messages.map(({ message }) => message.body).join(),
          ])
          .sort()
      await expect.poll(told, { timeout: 20_000 }).toEqual([
        ['/first', '1', '0'],
        ['/other', 'other', '1'],
      ])
    })
  },
)
