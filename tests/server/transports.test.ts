// Everything that works over a WebSocket works over HTTP: chosen by the client itself, on one node and on several of which
// each request reaches another, and across changes from one to the other.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect as openSocket } from 'node:net'
import { createClient, type NowcastClient, type Timers, type TransportName } from '@nowcast/client'
import { createNode, type Node } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { SessionIds } from '../../packages/server/src/gateways/native/http/sessionIds.ts'
import { HttpProxy, type StreamRule, type UpgradeRule } from '../support/httpProxy.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'
import { tokenFor } from '../support/tokens.ts'

const PATIENCE = { timeout: 15_000, interval: 10 }
const HEARTBEAT_MS = 4_000

let database: TestDatabase
let redis: TestRedis
const nodes: Node[] = []
const urls: string[] = []
/** In front of one node that is alone. */
let alone: HttpProxy
/** In front of two that share a Redis. */
let shared: HttpProxy
const clients: NowcastClient[] = []

async function start(more: object): Promise<number> {
  const node = await createNode({
    port: 0,
    logLevel: 'silent',
    drainTimeout: 500,
    database: { url: database.embedded.url as `postgres://${string}` },
    connections: { heartbeat: HEARTBEAT_MS, maxOutboxBytes: 200_000 },
    channels: { 'room-*': { subscribe: true, publish: true, history: { size: 1_000, ttl: '10m' } } },
    limits: {
      messages: false,
      creations: false,
      joins: false,
      connects: false,
      connectionsPerAddress: false,
    },
    ...more,
  })
  nodes.push(node)
  const url = await node.listen()
  urls.push(url)
  return Number(new URL(url).port)
}

beforeAll(async () => {
  ;[database, redis] = await Promise.all([TestDatabase.start(), TestRedis.start()])
  alone = await HttpProxy.start([await start({})])
  const sharing = { redis: { url: redis.url } }
  shared = await HttpProxy.start([await start(sharing), await start(sharing)])
})

afterEach(() => {
  for (const client of clients.splice(0)) client.close()
  for (const proxy of [alone, shared]) {
    proxy.upgrades = 'pass'
    proxy.streams = 'pass'
    proxy.losing = 0
  }
})

afterAll(async () => {
  for (const client of clients) client.close()
  await alone?.stop()
  await shared?.stop()
  for (const node of nodes) await node.stop()
  await redis?.dispose()
  await database?.stop()
})

const POLL_TIMEOUT_MS = 40_000

const realTimers: Timers = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Real time, but for what a client waits until it looks for a better transport. */
const hurried: Timers = {
  ...realTimers,
  after: (delayMs, run) =>
    realTimers.after(delayMs > 22_000 && delayMs !== POLL_TIMEOUT_MS ? 50 : delayMs, run),
}

function open(proxy: HttpProxy, user: string, options: Partial<Parameters<typeof createClient>[0]> = {}) {
  const client = createClient({ url: proxy.url, token: tokenFor(user), WebSocket, ...options })
  clients.push(client)
  client.connect()
  return client
}

const transportOf = (client: NowcastClient) => client.connection.getSnapshot().transport
const reaches = (client: NowcastClient, transport: TransportName) =>
  vi.waitFor(() => expect(transportOf(client)).toBe(transport), PATIENCE)

/** The numbers that a client hears on a channel. */
async function listen(client: NowcastClient, name: string): Promise<number[]> {
  const heard: number[] = []
  const channel = client.channel(name)
  channel.on('count', (data) => heard.push(Number(data)))
  await vi.waitFor(() => expect(channel.getSnapshot().state).toBe('subscribed'), PATIENCE)
  return heard
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const places = [
  ['one node', () => alone],
  ['two nodes in turns', () => shared],
] as const

describe('a client chooses by itself', () => {
  const blocked: [UpgradeRule, StreamRule, TransportName, number][] = [
    ['pass', 'pass', 'websocket', 2_000],
    [400, 'pass', 'stream', 2_000],
    [403, 'pass', 'stream', 2_000],
    ['reset', 'pass', 'stream', 2_000],
    ['hang', 'pass', 'stream', 4_000],
    ['silent', 'pass', 'stream', 7_000],
    [403, 502, 'polling', 2_000],
    [403, 'buffer', 'polling', 7_000],
  ]
  it.each(blocked)('where upgrades %s and streams %s: %s within %i ms', async (upgrade, stream, name, ms) => {
    alone.upgrades = upgrade
    alone.streams = stream
    const startedAt = performance.now()
    const client = open(alone, 'ada')
    await reaches(client, name)
    expect(performance.now() - startedAt).toBeLessThan(ms)
    expect(client.connection.getSnapshot()).toMatchObject({ state: 'connected', user: { id: 'ada' } })
  })

  it('on a platform without WebSocket', async () => {
    vi.stubGlobal('WebSocket', undefined)
    const client = createClient({ url: alone.url, token: tokenFor('ada') })
    clients.push(client)
    client.connect()
    await reaches(client, 'stream')
    vi.unstubAllGlobals()
  })

  it('and only from what it was allowed', async () => {
    const client = open(alone, 'ada', { transports: ['polling'] })
    await reaches(client, 'polling')
    alone.upgrades = 403
    const other = open(alone, 'bob', { transports: ['websocket'] })
    await vi.waitFor(() => expect(other.connection.state).toBe('unavailable'), PATIENCE)
  })

  it('and gives up where the address is none', async () => {
    const client = createClient({ url: 'http://:nowhere', WebSocket })
    clients.push(client)
    client.connect()
    await vi.waitFor(() => expect(client.connection.state).toBe('failed'), PATIENCE)
  })

  it('and stays with what worked: a server that is away does not push it down', async () => {
    const client = open(alone, 'ada', { timers: { ...realTimers, random: () => 0.9 } })
    await reaches(client, 'websocket')
    const [streams, attempts] = [alone.count('/nowcast/stream'), alone.count('/nowcast')]
    alone.upgrades = 'reset'
    alone.cut()
    await vi.waitFor(() => expect(alone.count('/nowcast')).toBe(attempts + 1), PATIENCE)
    alone.upgrades = 'pass'
    await reaches(client, 'websocket')
    expect(alone.count('/nowcast/stream')).toBe(streams)
  })

  it('and goes down where what worked does not any more, and up again when it does', async () => {
    const room = `room-${randomUUID()}`
    const client = open(alone, 'ada', { timers: hurried })
    const talker = open(alone, 'bob', { transports: ['polling'] })
    const heard = await listen(client, room)
    expect(transportOf(client)).toBe('websocket')
    alone.upgrades = 403
    alone.cut()
    await reaches(client, 'stream')
    for (const count of upTo(10)) await talker.channel(room).publish('count', count)
    alone.upgrades = 'pass'
    const talking = Promise.all(upTo(200).map((count) => talker.channel(room).publish('count', 10 + count)))
    await reaches(client, 'websocket')
    await talking
    await vi.waitFor(() => expect(heard.length).toBe(210), PATIENCE)
    expect(heard).toEqual(upTo(210))
  })
})

describe.each(places)('on %s', (_place, proxyOf) => {
  const names = ['websocket', 'stream', 'polling'] as const

  it.each(names)('channels and conversations work over %s', async (name) => {
    const proxy = proxyOf()
    const [room, conversation] = [`room-${randomUUID()}`, randomUUID()]
    const ada = open(proxy, 'ada', { transports: [name] })
    const bob = open(proxy, 'bob', { transports: [name] })
    const [byAda, byBob] = [await listen(ada, room), await listen(bob, room)]
    expect([transportOf(ada), transportOf(bob)]).toEqual([name, name])
    // Some that are waited for, many that are not.
    for (const count of upTo(5)) await ada.channel(room).publish('count', count)
    await Promise.all(upTo(300).map((count) => ada.channel(room).publish('count', 5 + count)))
    await vi.waitFor(() => expect([byAda.length, byBob.length]).toEqual([305, 305]), PATIENCE)
    expect(byBob).toEqual(upTo(305))
    expect(byAda).toEqual(upTo(305))

    await ada.conversations.create({ id: conversation, name: 'Talk' })
    await bob.conversations.join(conversation)
    const [here, there] = [ada.conversation(conversation), bob.conversation(conversation)]
    here.subscribe(() => {})
    there.subscribe(() => {})
    here.send('Ahoj, světe! 👋\u2028')
    await vi.waitFor(
      () => expect(there.getSnapshot().messages.map(({ body }) => body)).toEqual(['Ahoj, světe! 👋\u2028']),
      PATIENCE,
    )
    there.send('x'.repeat(2_000))
    await vi.waitFor(() => {
      expect(here.getSnapshot().messages.map(({ status }) => status)).toEqual(['sent', 'sent'])
    }, PATIENCE)
    await expect(ada.channel('forbidden').publish('count', 1)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each(names)('nothing is lost, doubled or out of order when %s is cut again and again', async (name) => {
    const proxy = proxyOf()
    const room = `room-${randomUUID()}`
    const ada = open(proxy, 'ada', { transports: [name] })
    const bob = open(proxy, 'bob', { transports: [name] })
    const heard = await listen(bob, room)
    const published = new Set<Promise<unknown>>()
    for (const count of upTo(120)) {
      const acknowledged = ada.channel(room).publish('count', count)
      published.add(acknowledged)
      if (count % 40 === 20) proxy.cut()
      if (count % 10 === 0) await acknowledged
    }
    await Promise.all(published)
    await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(120), PATIENCE)
    expect(heard).toEqual(upTo(120))
  })

  it('nothing is lost, doubled or out of order from one transport to the next', async () => {
    const proxy = proxyOf()
    const room = `room-${randomUUID()}`
    const ada = open(proxy, 'ada', { transports: ['polling'] })
    const bob = open(proxy, 'bob')
    const heard = await listen(bob, room)
    const publish = async (from: number) => {
      for (let count = from; count < from + 50; count += 1) await ada.channel(room).publish('count', count)
    }
    const rules: [UpgradeRule, StreamRule, TransportName][] = [
      ['reset', 'pass', 'stream'],
      ['reset', 502, 'polling'],
      ['pass', 502, 'polling'],
    ]
    let from = 1
    for (const [upgrade, stream, name] of rules) {
      const publishing = publish(from)
      from += 50
      proxy.upgrades = upgrade
      proxy.streams = stream
      proxy.cut()
      await publishing
      await reaches(bob, name)
    }
    await publish(from)
    await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(200), PATIENCE)
    expect(heard).toEqual(upTo(200))
  })

  it.each(['stream', 'polling'] as const)(
    'answers that are lost on the way change nothing over %s',
    async (name) => {
      const proxy = proxyOf()
      const room = `room-${randomUUID()}`
      const ada = open(proxy, 'ada', { transports: [name] })
      const heard = await listen(ada, room)
      let losses = 0
      ada.connection.listen({ lost: () => (losses += 1) })
      for (const count of upTo(20)) {
        if (count % 5 === 0) proxy.losing = 1
        await ada.channel(room).publish('count', count)
      }
      await vi.waitFor(() => expect(heard.length).toBe(20), PATIENCE)
      expect(heard).toEqual(upTo(20))
      expect(losses).toBe(0)
    },
  )
})

describe('over HTTP as over a WebSocket', () => {
  it('a node that stops moves its clients to another, and nothing is lost', async () => {
    const leaving = await start({ redis: { url: redis.url }, drainTimeout: 2_000 })
    const node = nodes.pop()
    const proxy = await HttpProxy.start([leaving])
    try {
      const room = `room-${randomUUID()}`
      const talker = open(shared, 'bob')
      const heard = await Promise.all(
        (['stream', 'polling'] as const).map((name) =>
          listen(open(proxy, 'ada', { transports: [name] }), room),
        ),
      )
      for (const count of upTo(20)) await talker.channel(room).publish('count', count)
      proxy.ports = shared.ports
      const stopped = node?.stop()
      for (const count of upTo(20)) await talker.channel(room).publish('count', 20 + count)
      await stopped
      for (const count of upTo(20)) await talker.channel(room).publish('count', 40 + count)
      for (const numbers of heard) {
        await vi.waitFor(() => expect(numbers.length).toBeGreaterThanOrEqual(60), PATIENCE)
        expect(numbers).toEqual(upTo(60))
      }
    } finally {
      await proxy.stop()
    }
  })

  it('a node that dies takes nothing with it', async () => {
    const process = await ServerProcess.start({
      config: `export default { channels: { 'room-*': { publish: true, history: { size: 1000, ttl: '10m' } } } }`,
      flags: ['--redis', redis.url, '--database', database.embedded.url],
    })
    const proxy = await HttpProxy.start([process.port])
    try {
      const room = `room-${randomUUID()}`
      const talker = open(shared, 'bob')
      const heard = await Promise.all(
        (['stream', 'polling'] as const).map((name) =>
          listen(open(proxy, 'ada', { transports: [name] }), room),
        ),
      )
      for (const count of upTo(20)) await talker.channel(room).publish('count', count)
      proxy.ports = [process.port, ...shared.ports]
      await process.end('SIGKILL')
      for (const count of upTo(20)) await talker.channel(room).publish('count', 20 + count)
      for (const numbers of heard) {
        await vi.waitFor(() => expect(numbers.length).toBeGreaterThanOrEqual(40), PATIENCE)
        expect(numbers).toEqual(upTo(40))
      }
    } finally {
      await proxy.stop()
      await process.dispose()
    }
  }, 60_000)

  it('clients come back when the Redis between the nodes was away', async () => {
    const talkers = (['stream', 'polling'] as const).map((name) =>
      open(shared, 'ada', { transports: [name] }),
    )
    for (const client of talkers)
      await vi.waitFor(() => expect(client.connection.state).toBe('connected'), PATIENCE)
    await redis.kill()
    const waiting = talkers.map((client) => client.channel('room-away').publish('count', 1))
    await vi.waitFor(async () => expect((await fetch(`${urls[1]}/health/ready`)).status).toBe(503), PATIENCE)
    await redis.start()
    await Promise.all(waiting)
    for (const client of talkers) {
      const heard = await listen(client, `room-${randomUUID()}`)
      expect(heard).toEqual([])
    }
  }, 40_000)
})

/** Speaks the protocol over HTTP by hand. */
const post = (path: string, body = '') =>
  fetch(path, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
const CONNECT = '{"type":"connect","id":1,"version":1}'

async function openPolling(url: string): Promise<string> {
  const answer = await post(`${url}/nowcast/session`)
  expect(answer.status).toBe(200)
  const { session } = (await answer.json()) as { session: string }
  return encodeURIComponent(session)
}

interface Polled {
  readonly frames: { readonly n: number; readonly text: string }[]
  readonly close?: { readonly code: number; readonly reason: string }
}
const poll = async (url: string, session: string, after = 0): Promise<Polled> =>
  (await (await post(`${url}/nowcast/poll?session=${session}&after=${after}`)).json()) as Polled

describe('over HTTP, whichever node is asked', () => {
  it('a session that nobody made is refused, and one is only who knows its id', async () => {
    const session = await openPolling(shared.url)
    const [node = '', secret = '', signature = ''] = splitId(session)
    const guesses = ['', 'x', `${node}.${'A'.repeat(22)}.${signature}`, `${node}.${secret}.${'A'.repeat(22)}`]
    for (const guess of [...guesses, `other.${secret}.${signature}`, `${session}x`]) {
      for (const path of ['poll', 'frames', 'end']) {
        const answer = await post(`${shared.url}/nowcast/${path}?session=${guess}&n=1&after=0`, CONNECT)
        expect([path, answer.status]).toEqual([path, 404])
        expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } })
      }
    }
    // The one that was made still works.
    expect((await post(`${shared.url}/nowcast/frames?session=${session}&n=1`, CONNECT)).status).toBe(204)
    expect((await poll(shared.url, session)).frames[0]?.text).toContain('"result"')
  })

  it('a session of a node that has died is told from one that waits', async () => {
    const session = encodeURIComponent(new SessionIds('dead-node', () => ['dev-secret']).issue())
    const startedAt = performance.now()
    const answers = await Promise.all(
      ['poll', 'frames', 'end'].map((path) =>
        post(`${shared.url}/nowcast/${path}?session=${session}&n=1`, CONNECT),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([504, 504, 504])
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('frames are taken in order and once each, however they come', async () => {
    const session = await openPolling(shared.url)
    const send = async (n: number, text: string) =>
      (await post(`${shared.url}/nowcast/frames?session=${session}&n=${n}`, text)).status
    const ping = (id: number) => `{"type":"ping","id":${id}}`
    expect(await send(3, ping(3))).toBe(204)
    expect(await send(4, ping(4))).toBe(204)
    expect(await send(1, CONNECT)).toBe(204)
    expect((await poll(shared.url, session)).frames.map(({ text }) => JSON.parse(text).id)).toEqual([1])
    expect(await send(1, CONNECT)).toBe(204)
    expect(await send(2, ping(2))).toBe(204)
    expect(await send(2, ping(2))).toBe(204)
    const { frames } = await poll(shared.url, session, 1)
    expect(frames.flatMap(({ text }) => text.split('\n').map((line) => JSON.parse(line).id))).toEqual([
      2, 3, 4,
    ])
    expect(await send(1_000, ping(5))).toBe(400)
    expect(await send(0, ping(5))).toBe(400)
    expect((await post(`${shared.url}/nowcast/poll?session=${session}&after=99`)).status).toBe(400)
  })

  it('what a poll brought comes again until it is acknowledged, and a newer poll ends an older one', async () => {
    const session = await openPolling(shared.url)
    const waiting = poll(shared.url, session)
    // Asked until the newer one has overtaken the older.
    const newer = poll(shared.url, session)
    const early = await Promise.race([waiting, newer])
    expect(early.frames).toEqual([])
    await post(`${shared.url}/nowcast/frames?session=${session}&n=1`, CONNECT)
    const [one, other] = await Promise.all([waiting, newer])
    expect([...one.frames, ...other.frames]).toHaveLength(1)
    expect((await poll(shared.url, session)).frames).toHaveLength(1)
    expect((await poll(shared.url, session)).frames).toHaveLength(1)
    expect((await poll(shared.url, session, 1)).frames).toHaveLength(0)
  })

  it('a frame that is too large, or no text, ends the session as over a WebSocket', async () => {
    for (const [body, status, code] of [
      ['x'.repeat(70_000), 413, 1009],
      [new Uint8Array([0x7b, 0xff]), 400, 1007],
      ['{', 204, 4400],
    ] as const) {
      const session = await openPolling(shared.url)
      const answer = await fetch(`${shared.url}/nowcast/frames?session=${session}&n=1`, {
        method: 'POST',
        body,
      })
      expect(answer.status).toBe(status)
      const { frames, close } = await poll(shared.url, session)
      expect(JSON.parse(frames[0]?.text ?? '{}')).toMatchObject({ type: 'error' })
      expect(close?.code).toBe(code)
    }
  })

  it('a session that says nothing, or that nobody polls any more, ends', async () => {
    const silent = await openPolling(shared.url)
    expect((await poll(shared.url, silent)).frames).toEqual([])
    const session = await openPolling(alone.url)
    await post(`${alone.url}/nowcast/frames?session=${session}&n=1`, CONNECT)
    const asked = () => post(`${alone.url}/nowcast/frames?session=${session}&n=2`, '\n')
    await vi.waitFor(async () => expect((await asked()).status).toBe(404), { timeout: 10_000, interval: 200 })
  }, 30_000)

  it('a session that its client ends is gone at once', async () => {
    const session = await openPolling(shared.url)
    expect((await post(`${shared.url}/nowcast/end?session=${session}`)).status).toBe(204)
    expect((await post(`${shared.url}/nowcast/poll?session=${session}&after=0`)).status).toBe(404)
  })

  it('one who polls and does not acknowledge is a slow reader', async () => {
    const room = `room-${randomUUID()}`
    const session = await openPolling(alone.url)
    const subscribe = `{"type":"subscribe","id":2,"channels":[{"channel":"${room}"}]}`
    await post(`${alone.url}/nowcast/frames?session=${session}&n=1`, CONNECT)
    expect((await poll(alone.url, session)).frames).toHaveLength(1)
    await post(`${alone.url}/nowcast/frames?session=${session}&n=2`, subscribe)
    const node = nodes[0]
    let close: Polled['close']
    for (let index = 0; close === undefined && index < 50; index += 1) {
      await node?.publish(room, 'big', 'x'.repeat(20_000))
      close = (await poll(alone.url, session)).close
    }
    expect(close).toEqual({ code: 4508, reason: 'slow_reader' })
  })

  it('one who does not read a stream is a slow reader', async () => {
    const room = `room-${randomUUID()}`
    const url = new URL(urls[0] ?? '')
    const socket = openSocket(Number(url.port), url.hostname)
    socket.write(`GET /nowcast/stream HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    let text = head.toString()
    while (!text.includes('"session"')) text += String((await once(socket, 'data'))[0])
    const session = encodeURIComponent(/"session":"([^"]+)"/.exec(text)?.[1] ?? '')
    await post(`${url.origin}/nowcast/frames?session=${session}&n=1`, CONNECT)
    while (!text.includes('"result"')) text += String((await once(socket, 'data'))[0])
    socket.pause()
    const subscribe = `{"type":"subscribe","id":2,"channels":[{"channel":"${room}"}]}`
    await post(`${url.origin}/nowcast/frames?session=${session}&n=2`, subscribe)
    const refused = async () =>
      /nowcast_refusals_total\{code="slow_reader"\} (\d+)/.exec(
        await (await fetch(`${url.origin}/metrics`)).text(),
      )?.[1]
    const before = await refused()
    for (let index = 0; index < 1_000 && (await refused()) === before; index += 1) {
      await Promise.all(upTo(20).map(() => nodes[0]?.publish(room, 'big', 'x'.repeat(30_000))))
    }
    expect(await refused()).not.toBe(before)
    // It ends although nobody reads.
    const gone = async () => (await post(`${url.origin}/nowcast/frames?session=${session}&n=3`, '\n')).status
    await vi.waitFor(async () => expect(await gone()).toBe(404), PATIENCE)
    socket.destroy()
  })

  it('answers say that nothing may be kept, and pages of other origins may ask', async () => {
    const headers = { origin: 'https://elsewhere.example' }
    const controller = new AbortController()
    const stream = await fetch(`${alone.url}/nowcast/stream`, { headers, signal: controller.signal })
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': 'https://elsewhere.example',
    })
    controller.abort()
    const session = await fetch(`${alone.url}/nowcast/session`, { method: 'POST', headers })
    expect(session.headers.get('cache-control')).toBe('no-store')
    expect(session.headers.get('access-control-allow-origin')).toBe('https://elsewhere.example')
  })

  it('connections of one address are limited together, whatever carries them', async () => {
    const limited = `http://127.0.0.1:${await start({ limits: { connectionsPerAddress: 2 } })}`
    const session = await openPolling(limited)
    const controller = new AbortController()
    const stream = await fetch(`${limited}/nowcast/stream`, { signal: controller.signal })
    expect(stream.status).toBe(200)
    const refused = await post(`${limited}/nowcast/session`)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error: { field: 'connectionsPerAddress' } })
    const told = await (await fetch(`${limited}/nowcast/stream`)).text()
    expect(told).toMatch(/"too_many_connections"[\s\S]*event: close\ndata: \{"code":4429/)
    // Each makes room when it ends, once.
    controller.abort()
    await post(`${limited}/nowcast/end?session=${session}`)
    await vi.waitFor(
      async () => expect((await post(`${limited}/nowcast/session`)).status).toBe(200),
      PATIENCE,
    )
    await vi.waitFor(
      async () => expect((await post(`${limited}/nowcast/session`)).status).toBe(200),
      PATIENCE,
    )
    expect((await post(`${limited}/nowcast/session`)).status).toBe(503)
  })

  it('connections are counted by what carries them', async () => {
    const each = (['websocket', 'stream', 'polling'] as const).map((name) =>
      open(alone, 'ada', { transports: [name] }),
    )
    await vi.waitFor(async () => {
      expect(each.map((client) => client.connection.state)).toEqual(Array(3).fill('connected'))
      const text = await (await fetch(`${alone.url}/metrics`)).text()
      const counted = [...text.matchAll(/nowcast_connections\{transport="(\w+)"\} (\d+)/g)]
      expect(counted.map(([, name, count]) => [name, Number(count)])).toEqual([
        ['websocket', 1],
        ['stream', 1],
        ['polling', 1],
      ])
    }, PATIENCE)
  })
})

/** Node, secret and signature of an id. */
const splitId = (id: string) => [id.slice(0, -46), id.slice(-45, -23), id.slice(-22)]
