// Limits, over one node with the memory engine and over two that share Redis.
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { createClient } from '@nowcast/client'
import { createBackend } from '@nowcast/client/backend'
import { type ConfigInput, createNode, type Node } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { RawClient } from '../support/rawClient.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'
import { tokenFor } from '../support/tokens.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }
const HOUR_MS = 3_600_000

let database: TestDatabase
let redis: TestRedis
beforeAll(async () => {
  ;[database, redis] = await Promise.all([TestDatabase.start(), TestRedis.start()])
})
afterAll(async () => {
  await Promise.all([database?.stop(), redis?.dispose()])
})

const nodes: Node[] = []
const ends: (() => void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
})

let installations = 0
/** A node, or two that share Redis; each test has counts of its own. */
async function start(engine: string, config: Partial<ConfigInput>): Promise<string[]> {
  installations += 1
  const prefix = `limits-${installations}`
  const shared = engine === 'memory' ? [{}] : Array(2).fill({ redis: { url: redis.url, prefix } })
  const started = await Promise.all(
    shared.map((part) =>
      createNode({
        port: 0,
        logLevel: 'silent',
        drainTimeout: 0,
        database: { url: database.embedded.url },
        channels: { 'open-*': { publish: true } },
        conversations: { seed: { general: 'General' } },
        ...part,
        ...config,
      }),
    ),
  )
  nodes.push(...started)
  return Promise.all(started.map((node) => node.listen()))
}

async function connect(url: string | undefined, user?: string): Promise<RawClient> {
  const client = await RawClient.connect(url ?? '', user)
  ends.push(() => client.terminate())
  return client
}

const send = (client: RawClient, messageId: string) =>
  client.ask({ type: 'conversation.send', conversation: 'general', messageId, body: messageId })
const publish = (client: RawClient, eventId: string) =>
  client.ask({ type: 'publish', channel: 'open-1', event: 'e', eventId, data: null })
const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
/** The names of the limits that refused, in the order of the answers. */
const refusals = (
  answers: readonly { readonly error?: { readonly field?: string; readonly code: string } }[],
) => answers.flatMap(({ error }) => (error?.code === 'limit_exceeded' ? [error.field] : []))

async function metric(url: string | undefined, limit: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`nowcast_limited_total\\{limit="${limit}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
}

describe.each(['memory', 'redis'])('over the %s engine', (engine) => {
  it('a refusal names the limit, says when to come back, and is counted', async () => {
    const [url] = await start(engine, { limits: { messages: '2/h' } })
    const ada = await connect(url, 'ada')
    await ada.call('conversation.join', { conversation: 'general' })
    expect((await send(ada, 'a')).error).toBeUndefined()
    expect((await send(ada, 'b')).error).toBeUndefined()
    const { error } = await send(ada, 'c')
    expect(error).toMatchObject({ code: 'limit_exceeded', field: 'messages' })
    expect(error?.message).toContain('At most 2 messages an hour')
    expect(error?.retryAfterMs).toBeGreaterThan(HOUR_MS - 60_000)
    expect(error?.retryAfterMs).toBeLessThanOrEqual(HOUR_MS)
    expect(await metric(url, 'messages')).toBe(1)
    const bob = await connect(url, 'bob')
    await bob.call('conversation.join', { conversation: 'general' })
    expect((await send(bob, 'a')).error).toBeUndefined()
  })

  it('connections of one user that race for a limit never get more than it', async () => {
    const urls = await start(engine, { limits: { messages: '20/h', events: '30/h', app: '45/h' } })
    const clients = await Promise.all(numbered(6, (index) => connect(urls[index % urls.length], 'ada')))
    await clients[0]?.call('conversation.join', { conversation: 'general' })
    const messages = await Promise.all(
      clients.flatMap((client, of) => numbered(15, (index) => send(client, `${of}-${index}`))),
    )
    expect(refusals(messages)).toEqual(Array(70).fill('messages'))
    const events = await Promise.all(
      clients.flatMap((client, of) => numbered(15, (index) => publish(client, `${of}-${index}`))),
    )
    // The app has room for 25 of the 30 that the user may publish.
    expect(refusals(events).filter((name) => name === 'events')).toHaveLength(60)
    expect(refusals(events).filter((name) => name === 'app')).toHaveLength(5)
    expect(messages.length - 70 + events.length - 65).toBe(45)
  })

  it('counts those who have not signed in by their address, and users by themselves', async () => {
    const urls = await start(engine, { limits: { events: '3/h' } })
    const strangers = await Promise.all([connect(urls[0]), connect(urls.at(-1))])
    const answers = await Promise.all(
      strangers.flatMap((client, of) => numbered(3, (index) => publish(client, `${of}-${index}`))),
    )
    expect(refusals(answers)).toHaveLength(3)
    expect((await publish(await connect(urls[0], 'ada'), 'x')).error).toBeUndefined()
  })

  it('limits conversations that are made and joined, and typing', async () => {
    const [url] = await start(engine, { limits: { creations: '2/h', joins: '3/h', typing: '1/h' } })
    const ada = await connect(url, 'ada')
    const direct = (user: string) => ada.ask({ type: 'conversation.direct', user })
    const create = (name: string) => ada.ask({ type: 'conversation.create', name })
    expect(refusals([await create('One'), await direct('bob'), await create('Two')])).toEqual(['creations'])
    expect((await direct('carol')).error).toMatchObject({ field: 'creations' })

    const invite = (users: string[]) =>
      ada.ask({ type: 'conversation.invite', conversation: 'general', users })
    // More at once than there will ever be room for: there is no time at which it would do.
    const { error } = await invite(['a', 'b', 'c', 'd'])
    expect(error).toMatchObject({ code: 'limit_exceeded', field: 'joins' })
    expect(error).not.toHaveProperty('retryAfterMs')
    const join = () => ada.ask({ type: 'conversation.join', conversation: 'general' })
    expect(refusals([await join(), await join()])).toEqual([])
    expect(refusals([await invite(['a', 'b']), await join(), await join()])).toEqual(['joins', 'joins'])

    const type = () => ada.ask({ type: 'typing.start', channel: 'open-1' })
    await type()
    expect((await type()).error).toMatchObject({ code: 'limit_exceeded', field: 'typing' })
  })

  it('what came after a command that is counted is served after it', async () => {
    const [url] = await start(engine, { limits: { events: '2/h' } })
    const ada = await connect(url, 'ada')
    const event = (id: number) => ({
      id,
      type: 'publish',
      channel: 'open-1',
      event: 'e',
      eventId: `${id}`,
      data: id,
    })
    const history = (id: number) => ({ id, type: 'history', channel: 'open-1' })
    const commands = [event(101), event(102), history(103), event(104), history(105)]
    ada.socket.send(commands.map((command) => JSON.stringify(command)).join('\n'))
    const answers = await Promise.all(commands.map(({ id }) => ada.answer(id)))
    expect(refusals(answers)).toEqual(['events'])
    for (const page of [answers[2], answers[4]]) {
      expect(page?.result).toMatchObject({ publications: [{ data: 101 }, { data: 102 }] })
    }
  })

  it("a client's burst over the limit arrives in order, each once, and nothing is lost", async () => {
    const urls = await start(engine, { limits: { messages: '60/2s', events: '40/1s' } })
    const clients = ['ada', 'bob'].map((user, index) =>
      createClient({ url: urls[index % urls.length] ?? '', token: tokenFor(user), WebSocket }),
    )
    ends.push(...clients.map((client) => () => client.close()))
    const [ada, bob] = clients
    if (ada === undefined || bob === undefined) throw new Error('unreachable')
    const received: string[] = []
    for (const client of clients) await client.conversations.join('general')
    const bodyOf = (data: unknown) => (data as { readonly body: string }).body
    bob.channel('conversation-general').on('message:created', (data) => received.push(bodyOf(data)))
    const events: unknown[] = []
    bob.channel('open-1').onAny(({ data }) => events.push(data))
    await vi.waitFor(() => {
      for (const name of ['conversation-general', 'open-1'])
        expect(bob.channel(name).getSnapshot().state).toBe('subscribed')
    }, PATIENCE)

    const bodies = numbered(70, (index) => `message ${index}`)
    for (const body of bodies) ada.conversation('general').send(body)
    const published = Promise.all(numbered(50, (index) => ada.channel('open-1').publish('e', index)))
    await vi.waitFor(() => expect(received).toHaveLength(70), PATIENCE)
    expect(received).toEqual(bodies)
    await published
    await vi.waitFor(() => expect(events).toHaveLength(50), PATIENCE)
    expect(events).toEqual(numbered(50, (index) => index))
    const refused = await Promise.all(urls.map((url) => metric(url, 'messages')))
    expect(Math.max(...refused)).toBeGreaterThan(0)
  })

  it('limits requests of strangers by address, but not those of the backend', async () => {
    const urls = await start(engine, { limits: { http: '3/h' } })
    const ask = (index: number, forwarded = '203.0.113.7') =>
      fetch(`${urls[index % urls.length]}/dev/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': forwarded },
        body: '{"name":"Ada"}',
      })
    for (const index of [0, 1, 2]) expect((await ask(index)).status).toBe(200)
    // What nobody trusts to be a proxy can't say who it is.
    const refused = await ask(3, '203.0.113.8')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500)
    const { error } = await refused.json()
    expect(error).toMatchObject({ code: 'limit_exceeded', field: 'http', retryAfterMs: expect.any(Number) })
    expect(error.message).toContain('At most 3 requests an hour')

    const backend = (secret: string) =>
      createBackend({ url: urls[0] ?? '', key: 'dev-key', secret, retries: 0 }).publish('open-1', 'e', null)
    await expect(backend('wrong')).rejects.toMatchObject({ code: 'limit_exceeded', field: 'http' })
    for (const _ of numbered(5, String))
      expect(await backend('dev-secret')).toMatchObject({ duplicate: false })
    for (const _ of numbered(5, String)) expect((await fetch(`${urls[0]}/health/live`)).status).toBe(200)
  })

  it('counts forged requests of the backend', async () => {
    const [url = ''] = await start(engine, { limits: { http: '2/h' } })
    const codes: unknown[] = []
    const forge = (key: string, secret: string) =>
      createBackend({ url, key, secret, retries: 0 })
        .publish('open-1', 'e', null)
        .catch(({ code }) => codes.push(code))
    await forge('no-key', 'dev-secret')
    await forge('dev-key', 'wrong')
    await forge('dev-key', 'wrong')
    await forge('no-key', 'wrong')
    expect(codes).toEqual(['unknown_app', 'signature_invalid', 'limit_exceeded', 'limit_exceeded'])
  })

  it('limits how fast an address connects', async () => {
    const urls = await start(engine, { limits: { connects: '3/h' }, trustProxy: 1 })
    const open = async (index: number, address: string) => {
      const options = { headers: { 'x-forwarded-for': address } }
      const client = await RawClient.open(urls[index % urls.length] ?? '', options)
      ends.push(() => client.terminate())
      return client
    }
    for (const index of [0, 1, 2]) {
      const client = await open(index, '203.0.113.7')
      await client.call('connect', { version: 1, token: tokenFor('ada') })
    }
    const refused = await open(3, '203.0.113.7')
    expect(await refused.closeCode()).toBe(4429)
    const [push] = refused.pushes
    if (push?.type !== 'error') throw new Error('No error was told.')
    expect(push.error).toMatchObject({ code: 'too_many_connections', field: 'connects' })
    expect(push.error.retryAfterMs).toBeGreaterThan(HOUR_MS - 60_000)
    const other = await open(0, '203.0.113.8')
    await other.call('connect', { version: 1, token: tokenFor('ada') })
  })
})

describe('an address', () => {
  /** A link that asks to be upgraded, and never answers what it is told. */
  async function upgrade(url: string): Promise<{ readonly socket: Socket; readonly answer: string }> {
    const socket = connectTcp(Number(new URL(url).port), '127.0.0.1')
    ends.push(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(
      'GET /nowcast HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    const [chunk] = await once(socket, 'data')
    return { socket, answer: String(chunk) }
  }

  it('has so many connections at once, is told so, and has room again when they end', async () => {
    const [url = ''] = await start('memory', { limits: { connectionsPerAddress: 2 } })
    const clients = [await connect(url, 'ada'), await connect(url, 'bob')]
    const refused = await RawClient.open(url)
    expect(await refused.closeCode()).toBe(4429)
    expect(refused.pushes).toMatchObject([
      {
        type: 'error',
        error: {
          code: 'too_many_connections',
          field: 'connectionsPerAddress',
          retryAfterMs: expect.any(Number),
          message: 'At most 2 connections of one address at once.',
        },
      },
    ])
    expect(await metric(url, 'connectionsPerAddress')).toBe(1)
    clients[0]?.terminate()
    const comeBack = async () => (await RawClient.open(url)).ask({ type: 'connect', version: 1 })
    await eventually(
      () =>
        comeBack().then(
          () => true,
          () => false,
        ),
      'room for another one',
    )
  })

  it('that floods is turned away before anything is made of it', async () => {
    const [url = ''] = await start('memory', { limits: { connectionsPerAddress: 2 } })
    const links = await Promise.all(numbered(4, () => upgrade(url)))
    for (const { answer } of links) expect(answer).toMatch(/^HTTP\/1.1 101/)
    expect((await upgrade(url)).answer).toMatch(/^HTTP\/1.1 429 Too Many Requests\r\n.*Retry-After: \d+\r\n/s)
    for (const { socket } of links) socket.destroy()
    await eventually(async () => (await upgrade(url)).answer.includes('HTTP/1.1 101'), 'room for others')
  })

  it('that connects again and again is turned away likewise', async () => {
    const [url = ''] = await start('memory', { limits: { connects: '2/h' } })
    const answers = []
    for (const _ of numbered(6, String)) answers.push((await upgrade(url)).answer.slice(9, 12))
    expect(answers).toEqual(['101', '101', '101', '101', '429', '429'])
  })
})

describe('without Redis', () => {
  let own: TestRedis
  beforeEach(async () => {
    own = await TestRedis.start()
  })
  afterEach(() => own.dispose())

  it.each(['killed', 'frozen'])('each node counts for itself, until it is back: %s', async (fate) => {
    const config = { limits: { messages: '3/h' }, redis: { url: own.url } } as const
    const [url] = await start('memory', config)
    const ada = await connect(url, 'ada')
    await ada.call('conversation.join', { conversation: 'general' })
    expect((await send(ada, 'shared')).error).toBeUndefined()
    if (fate === 'killed') await own.kill()
    else own.freeze()
    const alone = await Promise.all(numbered(5, (index) => send(ada, `alone-${index}`)))
    expect(refusals(alone)).toEqual(['messages', 'messages'])
    expect(alone.filter(({ error }) => error === undefined)).toHaveLength(3)
    if (fate === 'killed') await own.start()
    else own.thaw()
    await eventually(async () => (await fetch(`${url}/health/ready`)).ok, 'Redis to be back')
    const bob = await connect(url, 'bob')
    await bob.call('conversation.join', { conversation: 'general' })
    const back = await Promise.all(numbered(4, (index) => send(bob, `back-${index}`)))
    expect(refusals(back)).toEqual(['messages'])
  })
})
