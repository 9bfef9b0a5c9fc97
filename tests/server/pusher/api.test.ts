// Pusher's HTTP API: with the library that Pusher publishes, and with requests signed by hand.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { PROTOCOL_VERSION } from '@nowcast/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterNodes, overEveryCluster } from '../../support/everyCluster.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'
import { pusherRequest, signedPusherRequest } from '../../support/pusherRequest.ts'
import { RawClient } from '../../support/rawClient.ts'
import { TestDatabase } from '../../support/testDatabase.ts'
import { tokenFor } from '../../support/tokens.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

const OPEN = { '*': { subscribe: 'user', readHistory: 'user' } } as const

let database: TestDatabase
beforeAll(async () => {
  database = await TestDatabase.start()
})
afterAll(() => database?.stop())

/** An empty list within lists. */
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

const newRoom = (prefix = 'room') => `${prefix}-${randomUUID()}`

/** Name and data of what arrived. */
const heard = (client: RawClient, channel: string) =>
  client.events(channel).map(({ name, data }) => [name, data])

const trigger = (fields: object) => JSON.stringify({ name: 'tick', data: '1', channel: newRoom(), ...fields })

describe('a node', () => {
  it('refuses strangers who try too often, and never the backend', async () => {
    const nodes = await ClusterNodes.start(database, { limits: { ...UNLIMITED, http: '3/60s' } })
    const url = nodes.urlOf(0)
    const body = trigger({})
    const strangers = [
      { path: '/channels', key: 'other' },
      { body, secret: 'other' },
      { body, digested: 'else' },
      { path: '/channels', timestamp: 1 },
      { path: '/channels/x', app: '2' },
    ]
    const statuses = []
    for (const stranger of strangers) statuses.push((await pusherRequest(url, stranger)).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    for (let count = 0; count < 5; count += 1) {
      expect((await pusherRequest(url, { body: trigger({}) })).status).toBe(200)
    }
    const mistaken = { body: trigger({ name: '' }) }
    expect((await pusherRequest(url, mistaken)).status).toBe(400)
    await nodes.stop()
  })

  it('refuses the backend of a disabled app, and says so to nobody else', async () => {
    const nodes = await ClusterNodes.start(database, { app: { enabled: false } })
    const body = trigger({})
    const { status, text } = await pusherRequest(nodes.urlOf(0), { body })
    expect([status, text]).toEqual([403, 'The app is disabled\n'])
    expect((await pusherRequest(nodes.urlOf(0), { body, secret: 'other' })).status).toBe(401)
    await nodes.stop()
  })

  it('holds to the limits that are configured', async () => {
    const pusher = {
      maxChannelLength: 5,
      maxEventNameLength: 4,
      maxEventBytes: 3,
      maxChannelsPerEvent: 2,
      maxBatch: 1,
      maxUserIdLength: 2,
    }
    const nodes = await ClusterNodes.start(database, { pusher })
    const status = async (fields: object) =>
      (await pusherRequest(nodes.urlOf(0), { body: trigger({ channel: 'room', ...fields }) })).status
    expect(await status({})).toBe(200)
    expect(await status({ channel: 'room12' })).toBe(400)
    expect(await status({ name: 'ticks' })).toBe(400)
    expect(await status({ data: '1234' })).toBe(413)
    expect(await status({ channels: ['a', 'b', 'c'] })).toBe(400)
    expect(await status({ channel: '#server-to-user-ada' })).toBe(400)
    const batch = Array(2).fill({ name: 'e', data: '', channel: 'c' })
    const body = JSON.stringify({ batch })
    expect((await pusherRequest(nodes.urlOf(0), { path: '/batch_events', body })).status).toBe(400)
    await nodes.stop()
  })

  it('serves the API on a server of the application', async () => {
    const nodes = await ClusterNodes.start(database, {})
    const server = createServer((_request, response) => response.end('theirs'))
    nodes.nodes[0]?.attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    expect((await pusherRequest(url, { body: trigger({}) })).text).toBe('{}')
    expect(await (await fetch(`${url}/applications`)).text()).toBe('theirs')
    server.closeAllConnections()
    server.close()
    await nodes.stop()
  })
})

overEveryCluster(
  { channels: OPEN, app: { keys: [{ key: 'second-key', secret: 'second-secret' }] } },
  (nodes: () => ClusterNodes) => {
    describe('the pusher library', () => {
      it('triggers events that native subscribers hear in order, with places and history', async () => {
        const room = newRoom()
        const clients = [await nodes().join(room, 'ada', 0), await nodes().join(room, 'bob', 1)]
        const pusher = pusherLibrary(nodes().urlOf(0))
        for (const data of [{ some: 'data' }, 'plain text', '12', ['ünï ✓']]) {
          const response = await pusher.trigger(room, 'said', data)
          expect([response.status, await response.text()]).toEqual([200, '{}'])
        }
        const expected = [{ some: 'data' }, 'plain text', 12, ['ünï ✓']]
        for (const client of clients) {
          await client.until(() => client.events(room).length === 4, 'the events')
          expect(heard(client, room)).toEqual(expected.map((data) => ['said', data]))
          expect(client.events(room).map(({ offset }) => offset)).toEqual([1, 2, 3, 4])
        }
        const late = await nodes().connect('cleo', 1)
        const { publications } = await late.call('history', { channel: room })
        expect(publications.map(({ data }) => data)).toEqual(expected)
        expect(publications[0]).not.toHaveProperty('sender')
      })

      it('triggers one event on many channels', async () => {
        const rooms = Array.from({ length: 100 }, () => newRoom())
        const [first = '', last = ''] = [rooms[0], rooms[99]]
        const client = await nodes().join(first, 'ada', 1)
        await client.call('subscribe', { channels: [{ channel: last }] })
        await pusherLibrary(nodes().urlOf(0)).trigger([...rooms], 'said', 1)
        await client.until(() => heard(client, first).length + heard(client, last).length === 2, 'both')
      })

      it('triggers batches, in their order', async () => {
        const [one, two] = [newRoom(), newRoom()]
        const client = await nodes().join(one, 'ada', 1)
        await client.call('subscribe', { channels: [{ channel: two }] })
        const pusher = pusherLibrary(nodes().urlOf(0))
        const response = await pusher.triggerBatch([
          ...[1, 2, 3].map((data) => ({ channel: one, name: 'said', data: { data } })),
          { channel: two, name: 'other', data: 'x' },
        ])
        expect(await response.text()).toBe('{}')
        await client.until(() => heard(client, one).length + heard(client, two).length === 4, 'the events')
        expect(heard(client, one)).toEqual([1, 2, 3].map((data) => ['said', { data }]))
        expect(heard(client, two)).toEqual([['other', 'x']])
      })

      it('spares the connection that an event comes from', async () => {
        const room = newRoom()
        const own = await RawClient.open(nodes().urlOf(1))
        const { connection } = await own.call('connect', {
          version: PROTOCOL_VERSION,
          token: tokenFor('ada'),
        })
        await own.call('subscribe', { channels: [{ channel: room }] })
        const other = await nodes().join(room, 'ada', 1)
        const pusher = pusherLibrary(nodes().urlOf(0))
        await pusher.trigger(room, 'moved', 1, { socket_id: connection })
        await pusher.triggerBatch([{ channel: room, name: 'moved', data: 2, socket_id: connection }])
        await pusher.trigger(room, 'moved', 3, { socket_id: '1.2' })
        await own.until(() => heard(own, room).length > 0, 'the last one')
        await other.until(() => heard(other, room).length === 3, 'all')
        expect(heard(own, room)).toEqual([['moved', 3]])
        own.terminate()
      })

      it('sends to all connections of a user', async () => {
        const client = await nodes().join('user-ada', 'ada', 1)
        const pusher = pusherLibrary(nodes().urlOf(0))
        await pusher.sendToUser('ada', 'invited', { to: 'party' })
        await client.until(() => heard(client, 'user-ada').length > 0, 'the event')
        expect(heard(client, 'user-ada')).toContainEqual(['invited', { to: 'party' }])
        const strange = 'zoë/1 ü'
        const channel = 'user-=zo=C3=AB=2F1=20=C3=BC'
        const other = await nodes().join(channel, strange, 1)
        await pusher.sendToUser(strange, 'invited', 1)
        await other.until(() => heard(other, channel).length > 0, 'the event')
      })

      it('triggers encrypted events, which stay closed', async () => {
        const room = newRoom('private-encrypted')
        const client = await nodes().join(room, 'ada', 1)
        await pusherLibrary(nodes().urlOf(0)).trigger(room, 'secret', { plain: 'text' })
        await client.until(() => heard(client, room).length > 0, 'the event')
        const data = { nonce: expect.any(String), ciphertext: expect.any(String) }
        expect(heard(client, room)).toEqual([['secret', data]])
      })

      it('is believed with every key that holds', async () => {
        const keys = { key: 'second-key', secret: 'second-secret' }
        expect((await pusherLibrary(nodes().urlOf(0), keys).trigger(newRoom(), 'said', 1)).status).toBe(200)
        const mixed = pusherLibrary(nodes().urlOf(0), { key: 'second-key' })
        await expect(mixed.trigger(newRoom(), 'said', 1)).rejects.toMatchObject({ status: 401 })
      })

      it('reads the last event of a cache channel', async () => {
        const room = newRoom('cache')
        const pusher = pusherLibrary(nodes().urlOf(0))
        await pusher.trigger(room, 'priced', { at: 1 })
        await pusher.trigger(room, 'priced', { at: 2 })
        const there = pusherLibrary(nodes().urlOf(1))
        const response = await there.get({ path: `/channels/${room}`, params: { info: 'cache' } })
        const { cache } = (await response.json()) as { cache: { data: string; ttl: number } }
        expect(cache).toEqual({ event: 'priced', data: '{"at":2}', ttl: expect.any(Number) })
        expect(cache.ttl).toBeGreaterThan(1_700)
        expect(cache.ttl).toBeLessThanOrEqual(1_800)
        const empty = await there.get({ path: `/channels/${newRoom('cache')}`, params: { info: 'cache' } })
        expect(await empty.json()).toEqual({ occupied: false })
      })

      it('ends the connections of one user, wherever they are', async () => {
        const user = `ada-${randomUUID()}`
        const theirs = [await nodes().connect(user, 0), await nodes().connect(user, 1)]
        const other = await nodes().connect('bob', 1)
        const response = await pusherLibrary(nodes().urlOf(0)).terminateUserConnections(user)
        expect([response.status, await response.text()]).toEqual([200, '{}'])
        for (const client of theirs) {
          expect(await client.closeCode()).toBe(4405)
          expect(client.pushes.at(-1)).toMatchObject({ type: 'error', error: { code: 'terminated' } })
        }
        await other.call('ping', {})
        expect(other.closed).toBeUndefined()
        expect((await pusherLibrary(nodes().urlOf(1)).terminateUserConnections('nobody/at all')).status).toBe(
          200,
        )
      })
    })

    describe('what is triggered', () => {
      it('is one event when the request arrives again later, on whichever node', async () => {
        const room = newRoom()
        const body = trigger({ channel: room })
        const batch = JSON.stringify({ batch: [1, 2].map(() => ({ channel: room, name: 'b', data: '' })) })
        const requests = [
          signedPusherRequest(nodes().urlOf(0), { body }),
          signedPusherRequest(nodes().urlOf(0), { path: '/batch_events', body: batch }),
        ]
        const client = await nodes().join(room, 'ada', 1)
        for (const { url, init } of requests) expect((await fetch(url, init)).status).toBe(200)
        await client.until(() => heard(client, room).length === 3, 'the events')
        const sentAt = Date.now()
        // No request takes so long on its way that it is not believed to be another one by then.
        await expect.poll(() => Date.now() - sentAt, { timeout: 5_000 }).toBeGreaterThan(2_100)
        for (const { url, init } of requests) {
          const again = url.replace(nodes().urlOf(0), nodes().urlOf(1))
          expect((await fetch(again, init)).status).toBe(200)
        }
        await pusherLibrary(nodes().urlOf(1)).trigger(room, 'last', 1)
        await client.until(() => heard(client, room).at(-1)?.[0] === 'last', 'the last one')
        expect(heard(client, room).map(([name]) => name)).toEqual(['tick', 'b', 'b', 'last'])
      })

      it('is two events when two equal ones are triggered at one moment', async () => {
        const room = newRoom()
        const client = await nodes().join(room, 'ada', 1)
        const pusher = pusherLibrary(nodes().urlOf(0))
        for (let count = 0; count < 5; count += 1) await pusher.trigger(room, 'tick', {})
        await client.until(() => heard(client, room).length === 5, 'all of them')
      })

      it('does not tell subscribers the signature', async () => {
        const room = newRoom()
        const client = await nodes().join(room, 'ada')
        const { url, init } = signedPusherRequest(nodes().urlOf(0), { body: trigger({ channel: room }) })
        await fetch(url, init)
        await client.until(() => heard(client, room).length > 0, 'the event')
        const signature = new URL(url).searchParams.get('auth_signature') ?? ''
        expect(client.events(room)[0]?.id).not.toContain(signature)
      })
    })

    describe('a request', () => {
      const post = (request: Parameters<typeof pusherRequest>[1]) =>
        pusherRequest(nodes().urlOf(0), { body: trigger({}), ...request })
      const now = () => Math.floor(Date.now() / 1_000)

      it('is taken within ten minutes of its time', async () => {
        expect(await post({})).toEqual({ status: 200, text: '{}', type: expect.stringContaining('json') })
        for (const timestamp of [now() - 590, now() + 590]) {
          expect((await post({ timestamp })).status).toBe(200)
        }
      })

      it.each([
        ['a wrong secret', { secret: 'other' }, 'Invalid signature'],
        ['no signature', { tampered: { auth_signature: undefined } }, 'Missing parameter: auth_signature'],
        ['an empty signature', { tampered: { auth_signature: '' } }, 'Missing parameter: auth_signature'],
        ['a short signature', { tampered: { auth_signature: 'abc' } }, 'Invalid signature'],
        ['another query than was signed', { tampered: { more: 'x' } }, 'Invalid signature'],
        ['no key', { tampered: { auth_key: undefined } }, 'Missing parameter: auth_key'],
        ['an unknown key', { key: 'other' }, 'Unknown auth_key'],
        ['no timestamp', { tampered: { auth_timestamp: undefined } }, 'Missing parameter: auth_timestamp'],
        ['a timestamp in words', { timestamp: 'now' }, 'Timestamp expired'],
        ['no version', { tampered: { auth_version: undefined } }, 'Missing parameter: auth_version'],
        ['another version', { version: '2.0' }, 'Version not supported'],
        ['another digest', { digested: 'else' }, 'Invalid body_md5'],
        [
          'a digest in capitals',
          { query: { body_md5: 'D41D8CD98F00B204E9800998ECF8427E' } },
          'Invalid body_md5',
        ],
      ])('with %s is refused', async (_what, request, reason) => {
        const { status, text, type } = await post(request)
        expect([status, text]).toEqual([401, expect.stringContaining(reason)])
        expect(type).toContain('text/plain')
      })

      it('is refused when it is too old or too new', async () => {
        for (const timestamp of [now() - 610, now() + 610]) {
          const { status, text } = await post({ timestamp })
          expect([status, text]).toEqual([401, expect.stringContaining('not within 600s')])
        }
      })

      it('may say of its body what it likes: what it is, its signature says', async () => {
        for (const type of ['text/plain', 'application/json; charset=utf-8', 'garbage', ';;']) {
          const response = await post({ body: trigger({}), headers: { 'content-type': type } })
          expect(response.status).toBe(200)
        }
      })

      it('is refused without a digest', async () => {
        const bare = signedPusherRequest(nodes().urlOf(0), { method: 'POST' })
        const response = await fetch(bare.url, { ...bare.init, body: trigger({}) })
        expect([response.status, await response.text()]).toEqual([401, 'Missing parameter: body_md5\n'])
      })

      it('is refused for another app, whether there is one or not', async () => {
        for (const app of ['2', 'no-such-app']) expect((await post({ app })).status).toBe(404)
      })

      it('is refused where there is nothing', async () => {
        const { status, type } = await pusherRequest(nodes().urlOf(0), { path: '/nothing' })
        expect([status, type]).toEqual([404, expect.stringContaining('text/plain')])
        expect((await post({ path: '/users/ada/else' })).status).toBe(404)
        expect((await pusherRequest(nodes().urlOf(0), { path: '/events' })).status).toBe(404)
      })

      it('is signed as it stands before it is escaped, names in lower case', async () => {
        const url = nodes().urlOf(0)
        const channel = newRoom('cache')
        const path = `/channels/${channel}`
        expect(
          (await pusherRequest(url, { path, query: { Info: 'cache', Free: 'Something else' } })).status,
        ).toBe(200)
        const escaped = signedPusherRequest(url, { path, query: { info: 'cache' } })
        const response = await fetch(escaped.url.replace('/cache-', '/cache%2D'))
        expect(response.status).toBe(200)
        expect((await fetch(`${url}/apps/1/events?auth_key=%ZZ`, { method: 'POST' })).status).toBe(400)
      })

      it('is not read further than an event can be long', async () => {
        const huge = 'x'.repeat(1_000_000)
        const { status, text } = await post({ body: trigger({ data: huge }) })
        expect([status, text]).toEqual([413, expect.stringContaining('exceeds the allowed maximum')])
        expect(await chunked(nodes().urlOf(0), huge)).toBe(413)
      })
    })

    describe('an event', () => {
      const post = (body: string, path = '/events') => pusherRequest(nodes().urlOf(0), { body, path })
      const event = (fields: object) => post(trigger(fields))
      const batch = (...events: object[]) =>
        post(
          JSON.stringify({
            batch: events.map((fields) => ({ name: 'e', data: '', channel: 'c', ...fields })),
          }),
          '/batch_events',
        )

      it('has at most 10 KB of data', async () => {
        expect((await event({ data: 'x'.repeat(10_240) })).status).toBe(200)
        expect((await event({ data: '"'.repeat(10_240) })).status).toBe(200)
        expect((await event({ data: '\u0001'.repeat(10_240) })).status).toBe(200)
        for (const data of ['x'.repeat(10_241), 'ü'.repeat(5_121)]) {
          const { status, text } = await event({ data })
          expect([status, text]).toEqual([413, expect.stringContaining('allowed maximum (10240 bytes)')])
        }
        expect((await batch({}, { data: 'x'.repeat(10_241) })).status).toBe(413)
      })

      it.each([
        ['no name', { name: undefined }],
        ['an empty name', { name: '' }],
        ['a long name', { name: 'x'.repeat(201) }],
        ['a name with a control character', { name: 'a\u0007' }],
        ['a name that is none', { name: 1 }],
        ['a reserved name', { name: 'pusher:error' }],
        ['an internal name', { name: 'pusher_internal:member_added' }],
        ['no data', { data: undefined }],
        ['data that is no text', { data: { some: 'data' } }],
        ['no channel', { channel: undefined }],
        ['an empty channel', { channel: '' }],
        ['a channel with a space', { channel: 'a b' }],
        ['a channel with a colon', { channel: 'a:b' }],
        ['a channel that is no text', { channel: 5 }],
        ['a long channel', { channel: 'x'.repeat(201) }],
        ['a user without an id', { channel: '#server-to-user-' }],
        ['a user with a long id', { channel: `#server-to-user-${'x'.repeat(129)}` }],
        ['a user who is half a character', { channel: '#server-to-user-\ud800' }],
        ['another kind of channel', { channel: '#else' }],
        ['no channels', { channels: [] }],
        ['channels that are none', { channels: 'a' }],
        ['a wrong channel among others', { channels: ['a', 'b c'] }],
        ['null among the channels', { channels: ['a', null] }],
        ['too many channels', { channels: Array.from({ length: 101 }, (_, index) => `c${index}`) }],
        ['lists within lists', { channel: nested(500) }],
        ['lists among the channels', { channels: ['a', nested(500)] }],
        ['an encrypted channel among others', { channels: ['a', 'private-encrypted-b'] }],
        ['a wrong connection', { socket_id: 'abc' }],
        ['a connection with more behind it', { socket_id: '1.2\n' }],
        ['a connection that is no text', { socket_id: 1.2 }],
        ['unknown info', { info: 'user_count,secrets' }],
        ['info that is no text', { info: ['user_count'] }],
      ])('with %s is refused', async (_what, fields) => {
        const { status, text, type } = await event(fields)
        expect([status, text.length > 1]).toEqual([400, true])
        expect(type).toContain('text/plain')
        if (!('channels' in fields)) expect((await batch({}, fields)).status).toBe(400)
      })

      it.each(['', '{', '[]', 'null', '"text"', '1'])('is refused when the body is %s', async (body) => {
        expect((await post(body)).status).toBe(400)
        expect((await post(body, '/batch_events')).status).toBe(400)
      })

      it.each([
        {},
        { batch: [] },
        { batch: 'x' },
        { batch: [null] },
        { batch: Array(11).fill({ name: 'e', data: '', channel: 'c' }) },
      ])('is refused in the batch %j', async (body) => {
        expect((await post(JSON.stringify(body), '/batch_events')).status).toBe(400)
      })

      it('is not sent at all when one of its batch is wrong', async () => {
        const room = newRoom()
        const client = await nodes().join(room, 'ada')
        expect((await batch({ channel: room }, { name: 'pusher:x' })).status).toBe(400)
        await pusherLibrary(nodes().urlOf(0)).trigger(room, 'last', 1)
        await client.until(() => heard(client, room).length > 0, 'the last one')
        expect(heard(client, room)).toEqual([['last', 1]])
      })

      it('is not sent at all when one of its channels is a conversation', async () => {
        const room = newRoom()
        const client = await nodes().join(room, 'ada')
        const conversation = 'conversation-general'
        expect((await event({ channel: undefined, channels: [room, conversation] })).status).toBe(403)
        expect((await batch({ channel: room }, { channel: conversation })).status).toBe(403)
        await pusherLibrary(nodes().urlOf(0)).trigger(room, 'last', 1)
        await client.until(() => heard(client, room).length > 0, 'the last one')
        expect(heard(client, room)).toEqual([['last', 1]])
      })

      it('goes once to a channel that is named twice', async () => {
        const room = newRoom()
        const client = await nodes().join(room, 'ada')
        await event({ channels: [room, room] })
        await pusherLibrary(nodes().urlOf(0)).trigger(room, 'last', 1)
        await client.until(() => heard(client, room).at(-1)?.[0] === 'last', 'the last one')
        expect(heard(client, room)).toHaveLength(2)
      })

      it('can not be sent in the name of a conversation', async () => {
        expect((await event({ channel: 'conversation-general' })).status).toBe(403)
      })
    })

    it.each(['', 'x'.repeat(129)])('a user with the id "%s" has no connections to end', async (user) => {
      const path = `/users/${user}/terminate_connections`
      expect((await pusherRequest(nodes().urlOf(0), { path, body: '{}' })).status).toBe(400)
    })
  },
)

/** The status of a signed request whose body says nothing of its length. */
function chunked(url: string, body: string): Promise<number | undefined> {
  const signed = signedPusherRequest(url, { method: 'POST', digested: body })
  return new Promise((resolve, reject) => {
    const request = httpRequest(signed.url, { method: 'POST' }, (response) => {
      resolve(response.statusCode)
      response.resume()
    })
    request.on('error', reject)
    request.write(body)
    request.end()
  })
}
