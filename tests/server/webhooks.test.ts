// What users missed is told to the application's backend: a real receiver that answers as a test wants.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createBackend, type WebhookEvent } from '@nowcast/client/backend'
import { type ConfigInput, createNode, type Node } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { freePort } from '../support/serverProcess.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'

const SECRET = 'the secret of the app'
const backend = createBackend({ url: 'http://127.0.0.1:1', key: 'dev-key', secret: SECRET })

/** What came in one request, and when. */
interface Heard {
  readonly event: WebhookEvent
  readonly delivery: string
  readonly at: number
}

type Answer = (response: ServerResponse) => void
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end('what it says is of no interest')

/** The application's backend. */
class Receiver {
  readonly port: number
  readonly heard: Heard[] = []
  /** Answers of the next requests; after them, all are taken. */
  readonly answers: Answer[] = []
  #server: Server | undefined
  #underWay = new Map<string, number>()
  /** The most requests about one conversation at the same time. */
  mostAtOnce = 0

  private constructor(port: number) {
    this.port = port
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver(await freePort())
    await receiver.start()
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/nowcast`
  }

  /** The bodies of what was taken note of, in order; each delivery once. */
  get bodies(): string[] {
    const deliveries = new Map(this.heard.map(({ event }) => [event.id, event]))
    return [...deliveries.values()].flatMap(({ messages }) => messages.map(({ message }) => message.body))
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#take(request, response))
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const event = await backend.webhook(request.headers, Buffer.concat(chunks))
    const conversation = event.messages[0]?.message.conversation ?? ''
    const count = (change: number) => {
      const now = (this.#underWay.get(conversation) ?? 0) + change
      this.#underWay.set(conversation, now)
      this.mostAtOnce = Math.max(this.mostAtOnce, now)
    }
    count(1)
    response.once('close', () => count(-1))
    this.heard.push({ event, delivery: String(request.headers['x-nowcast-delivery']), at: Date.now() })
    const answer = this.answers.shift() ?? status(204)
    answer(response)
  }
}

let database: TestDatabase
let redis: TestRedis
let receiver: Receiver
const nodes: Node[] = []
const clients: RawClient[] = []

beforeAll(async () => {
  ;[database, redis] = await Promise.all([TestDatabase.start(), TestRedis.start()])
})
afterAll(async () => {
  await Promise.all([database?.stop(), redis?.dispose()])
})
beforeEach(async () => {
  receiver = await Receiver.start()
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate()
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await receiver.stop()
})

let installations = 0

async function startNode(config: Partial<ConfigInput> = {}): Promise<string> {
  const node = await createNode({
    port: 0,
    logLevel: 'silent',
    drainTimeout: 0,
    app: { secret: SECRET },
    database: { url: database.embedded.url },
    limits: { messages: false, creations: false },
    webhooks: { url: receiver.url },
    ...config,
  })
  nodes.push(node)
  return node.listen()
}

/** A node, or two that share Redis. */
async function start(engine: string, config: Partial<ConfigInput> = {}): Promise<string[]> {
  installations += 1
  const prefix = `webhooks-${installations}`
  const shared = engine === 'memory' ? [{}] : Array(2).fill({ redis: { url: redis.url, prefix } })
  return Promise.all(shared.map((part) => startNode({ ...part, ...config })))
}

async function connect(url: string | undefined, user: string): Promise<RawClient> {
  const client = await RawClient.open(url ?? '')
  clients.push(client)
  const token = await backend.token({ id: user })
  await client.call('connect', { version: 1, token })
  return client
}

let conversations = 0
/** A conversation of ada's. */
async function talk(ada: RawClient, members: readonly string[]): Promise<string> {
  conversations += 1
  const conversation = `talk-${process.pid}-${conversations}`
  await ada.call('conversation.create', { conversation, name: 'Talk', kind: 'closed', members })
  return conversation
}

const send = (client: RawClient, conversation: string, body: string) =>
  client.call('conversation.send', { conversation, messageId: randomUUID(), body })
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`)
const counts = async (url: string | undefined) => (await (await fetch(`${url}/health`)).json()).counts
/** What waits besides the queues: the conversation itself counts as a message, and as another when it was woken. */
async function waiting(urls: readonly string[]): Promise<number> {
  const all = await Promise.all(urls.map(counts))
  return all.reduce((sum, { webhookMessagesWaiting }) => sum + webhookMessagesWaiting, 0)
}
const hears = (requests: number) =>
  eventually(() => receiver.heard.length >= requests, `${requests} requests`, 20_000)

describe.each(['memory', 'redis'])('over the %s engine', (engine) => {
  it('the backend is told what those who were offline missed, signed, and of nobody else', async () => {
    const [url] = await start(engine)
    const ada = await connect(url, 'ada')
    await connect(url, 'bob')
    const conversation = await talk(ada, ['bob', 'carol', 'dave'])
    const { message } = await send(ada, conversation, 'hello')
    await hears(1)
    const [{ event, delivery } = { event: undefined, delivery: '' }] = receiver.heard
    expect(event).toMatchObject({ type: 'message.missed', app: '1', id: delivery })
    expect(event?.messages).toHaveLength(1)
    expect(event?.messages[0]?.message).toEqual(message)
    expect([...(event?.messages[0]?.users ?? [])].sort()).toEqual(['carol', 'dave'])
  })

  it('nothing is told of what everybody could hear', async () => {
    const [url] = await start(engine)
    const ada = await connect(url, 'ada')
    await connect(url, 'bob')
    const heard = await talk(ada, ['bob'])
    const missed = await talk(ada, ['carol'])
    await send(ada, heard, 'all here')
    await send(ada, missed, 'not all here')
    await hears(1)
    expect(receiver.bodies).toEqual(['not all here'])
  })

  it('what waits goes together, at most 50 at once and in order; sending never waits for it', async () => {
    const urls = await start(engine)
    let release: Answer = () => {}
    receiver.answers.push((response) => {
      release = () => status(200)(response)
    })
    const ada = await connect(urls[0], 'ada')
    const conversation = await talk(ada, ['bob'])
    const bodies = numbered(121)
    await send(ada, conversation, bodies[0] ?? '')
    await hears(1)
    for (const body of bodies.slice(1)) await send(ada, conversation, body)
    await eventually(async () => (await waiting(urls)) <= 2, 'all but the first to be queued')
    release(undefined as never)
    await hears(4)
    expect(receiver.heard.map(({ event }) => event.messages.length)).toEqual([1, 50, 50, 20])
    expect(receiver.bodies).toEqual(bodies)
    expect(receiver.mostAtOnce).toBe(1)
  })

  it('is tried again after faults and while nobody is there, with the same id and in order', async () => {
    const urls = await start(engine)
    receiver.answers.push(status(500), (response) => response.destroy())
    const ada = await connect(urls.at(-1), 'ada')
    const conversation = await talk(ada, ['bob'])
    await send(ada, conversation, 'first')
    await send(ada, conversation, 'second')
    await hears(2)
    await receiver.stop()
    await send(ada, conversation, 'third')
    await receiver.start()
    await eventually(() => receiver.bodies.length === 3, 'all three', 20_000)
    expect(receiver.bodies).toEqual(['first', 'second', 'third'])
    const ids = receiver.heard.map(({ event }) => event.id)
    expect(ids.slice(0, 3)).toEqual(Array(3).fill(ids[0]))
    expect(receiver.heard.map(({ delivery }) => delivery)).toEqual(ids)
    expect(receiver.mostAtOnce).toBe(1)
  })

  it('what the backend refuses is dropped and counted, and what comes after it goes on', async () => {
    const urls = await start(engine)
    const elsewhere = await Receiver.start()
    receiver.answers.push(status(400), status(302, { location: elsewhere.url }))
    const ada = await connect(urls[0], 'ada')
    const conversation = await talk(ada, ['bob'])
    for (const [index, body] of ['one', 'two', 'three'].entries()) {
      await send(ada, conversation, body)
      await hears(index + 1)
    }
    const sums = async () => {
      const all = await Promise.all(urls.map(counts))
      const sum = (name: string) => all.reduce((total, one) => total + one[name], 0)
      return [sum('webhookMessagesDropped'), sum('webhookMessagesSent'), sum('webhookMessagesWaiting')]
    }
    await eventually(async () => (await sums()).join() === '2,1,0', 'the counts')
    expect(receiver.bodies).toEqual(['one', 'two', 'three'])
    expect(elsewhere.heard).toEqual([])
    const metrics = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()))
    expect(metrics.join('\n')).toMatch(/nowcast_webhook_messages_dropped_total 2/)
    await elsewhere.stop()
  })

  it('waits as long as the backend asks for', async () => {
    const urls = await start(engine)
    receiver.answers.push(status(429, { 'retry-after': '2' }))
    const ada = await connect(urls[0], 'ada')
    await send(ada, await talk(ada, ['bob']), 'patience')
    await hears(2)
    const [first, second] = receiver.heard
    expect(second?.event).toEqual(first?.event)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_990)
  })

  it('gives up after the configured time', async () => {
    const urls = await start(engine, { webhooks: { url: receiver.url, retryFor: 1, timeout: 200 } })
    receiver.answers.push(() => {})
    const ada = await connect(urls[0], 'ada')
    const conversation = await talk(ada, ['bob'])
    await send(ada, conversation, 'never answered')
    await hears(1)
    await send(ada, conversation, 'answered')
    await hears(2)
    expect(receiver.bodies).toEqual(['never answered', 'answered'])
    const dropped = await Promise.all(urls.map(async (url) => (await counts(url)).webhookMessagesDropped))
    expect(dropped.reduce((sum, one) => sum + one, 0)).toBe(1)
  })
})

describe('two nodes', () => {
  it('share the conversations, and never work on the same one at once', async () => {
    const urls = await start('redis')
    const adas = await Promise.all(urls.map((url) => connect(url, 'ada')))
    const [ada] = adas
    if (ada === undefined) throw new Error('unreachable')
    await send(ada, await talk(ada, ['bob']), 'the nodes know of one another')
    await hears(1)
    const ids = []
    for (const _ of numbered(12)) ids.push(await talk(ada, ['bob']))
    const sent = new Map(ids.map((id) => [id, new Set<string>()]))
    for (const body of numbered(20)) {
      await Promise.all(
        ids.map((id, index) => {
          sent.get(id)?.add(body)
          return send(adas[(index + body.length) % 2] ?? ada, id, body)
        }),
      )
    }
    await eventually(() => receiver.bodies.length >= 241, 'all messages', 20_000)
    for (const [id, bodies] of sent) {
      const told = receiver.heard
        .flatMap(({ event }) => event.messages)
        .filter(({ message }) => message.conversation === id)
      expect(told.map(({ message }) => message.body)).toEqual([...bodies])
    }
    expect(receiver.mostAtOnce).toBe(1)
    const shares = await Promise.all(urls.map(async (url) => (await counts(url)).webhookMessagesSent))
    expect(shares.every((share) => share > 0)).toBe(true)
  })

  it('go on with what another one had begun', async () => {
    installations += 1
    const shared = {
      redis: { url: redis.url, prefix: `webhooks-${installations}` },
      webhooks: { url: receiver.url, timeout: 2_000 },
    }
    const first = await startNode(shared)
    receiver.answers.push(() => {})
    const ada = await connect(first, 'ada')
    const conversation = await talk(ada, ['bob'])
    await send(ada, conversation, 'begun')
    await hears(1)
    await send(ada, conversation, 'waiting')
    const second = await startNode(shared)
    const knows = async () => (await (await fetch(`${first}/health`)).json()).nodes.length === 2
    await eventually(knows, 'the nodes to know of one another')
    await nodes.shift()?.stop()
    await hears(3)
    expect(receiver.heard[1]?.event).toEqual(receiver.heard[0]?.event)
    expect(receiver.bodies).toEqual(['begun', 'waiting'])
    expect((await counts(second)).webhookMessagesSent).toBe(2)
  })
})
