// Clients talk in several conversations while connections are cut, the server is killed and PostgreSQL is killed.
// Afterwards every acknowledged message is in the history once, and reached every member once and in order.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type NowcastClient } from '@nowcast/client'
import { conversationChannel, type Message, type Publication } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Random } from '../support/random.ts'
import { RawClient } from '../support/rawClient.ts'
import { Relay } from '../support/relay.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { tokenFor } from '../support/tokens.ts'

const MINUTES = Number(process.env.NOWCAST_FAULT_MINUTES ?? '0.4')
const SEED = Number(process.env.NOWCAST_FAULT_SEED ?? '1')
const USERS = ['ada', 'grace', 'alan', 'edsger', 'barbara']
const CONVERSATIONS = ['one', 'two', 'three']
const HEAL_MS = 60_000

type Received = Publication

/** One user's client, and everything that reached it. */
class Talker {
  readonly user: string
  readonly client: NowcastClient
  readonly received = new Map<string, Received[]>(CONVERSATIONS.map((id) => [id, []]))
  readonly gaps: string[] = []
  sent = 0

  constructor(user: string, url: string) {
    this.user = user
    this.client = createClient({ url, token: () => tokenFor(user), WebSocket: WebSocket as never })
    for (const conversation of CONVERSATIONS) {
      const channel = this.client.channel(conversationChannel(conversation))
      channel.onAny((event) => this.received.get(conversation)?.push(event as Received))
      channel.onGap(({ reason }) => this.gaps.push(`${conversation}: ${reason}`))
    }
  }

  send(conversation: string): void {
    this.sent += 1
    this.client.conversation(conversation).send(`${this.user} ${this.sent}`)
  }

  /** True when everything that is sent from now on reaches this client. */
  get listening(): boolean {
    return CONVERSATIONS.every(
      (id) => this.client.channel(conversationChannel(id)).getSnapshot().state === 'subscribed',
    )
  }

  /** True when every message that was sent is acknowledged. */
  get settled(): boolean {
    return this.client.connection.getSnapshot().queued === 0
  }
}

it(
  `loses, doubles and reorders nothing (seed ${SEED})`,
  async () => {
    // Decisions about faults have a source of their own, so that a seed strikes the same way however fast the traffic is.
    const random = new Random(SEED)
    const fate = new Random(SEED + 1_000_000)
    const server = await ServerProcess.start()
    const relay = await Relay.start(server.port)
    await createConversations(server.url)
    const talkers = USERS.map((user) => new Talker(user, relay.url))
    const faults: string[] = []
    try {
      await waitFor(() => talkers.every(({ listening }) => listening), 'everybody to listen')
      const until = Date.now() + MINUTES * 60_000
      let nextFault = Date.now() + 1_500
      while (Date.now() < until) {
        random.pick(talkers).send(random.pick(CONVERSATIONS))
        await pause(random.below(20))
        if (Date.now() < nextFault) continue
        faults.push(await strike(fate, server, relay))
        nextFault = Date.now() + 1_000 + fate.below(2_500)
      }
      await settle(talkers)
      const histories = new Map<string, Message[]>()
      for (const conversation of CONVERSATIONS)
        histories.set(conversation, await readHistory(server.url, conversation))
      await waitFor(
        () => talkers.every((talker) => caughtUp(talker, histories)),
        'everybody to receive everything',
      )

      let total = 0
      for (const [conversation, history] of histories) {
        const ids = history.map(({ sender, body }) => `${sender}/${body}`)
        expect(new Set(ids).size, 'every message is in the history once').toBe(ids.length)
        total += ids.length
        for (const talker of talkers) {
          const events = talker.received.get(conversation) ?? []
          const offsets = events.map(({ offset }) => offset)
          const first = offsets[0] ?? 1
          expect(
            offsets,
            `${talker.user} receives ${conversation} in order, without holes or doubles`,
          ).toEqual(offsets.map((_offset, index) => first + index))
          const created = events.filter(({ name }) => name === 'message:created')
          expect(created.map(({ data }) => (data as Message).body)).toEqual(history.map(({ body }) => body))
        }
      }
      expect(total, 'every acknowledged message is in the history').toBe(
        talkers.reduce((sum, { sent }) => sum + sent, 0),
      )
      expect(talkers.flatMap(({ gaps }) => gaps)).toEqual([])
      expect(faults.length).toBeGreaterThan(2)
      process.stdout.write(`seed ${SEED}: ${total} messages, faults: ${faults.join(', ')}\n`)
    } finally {
      for (const { client } of talkers) client.close()
      await relay.stop()
      await server.dispose()
    }
  },
  MINUTES * 60_000 + 2 * HEAL_MS + 60_000,
)

async function strike(random: Random, server: ServerProcess, relay: Relay): Promise<string> {
  const kind = random.pick(['cut', 'cut some', 'freeze', 'kill server', 'kill database'] as const)
  if (kind === 'cut') relay.cut()
  else if (kind === 'cut some') relay.cut((index) => index % 2 === 0)
  else if (kind === 'freeze') {
    relay.freeze()
    await pause(200)
    relay.cut()
  } else if (kind === 'kill server') {
    await server.end('SIGKILL')
    await server.start()
  } else process.kill(await databasePid(server), 'SIGKILL')
  return kind
}

async function databasePid(server: ServerProcess): Promise<number> {
  const file = await readFile(join(server.directory, '.nowcast', 'postgres', 'postmaster.pid'), 'utf8')
  return Number(file.split('\n')[0])
}

async function createConversations(url: string): Promise<void> {
  const [owner, ...others] = await Promise.all(USERS.map((user) => RawClient.connect(url, user)))
  if (owner === undefined) throw new Error('There are no users.')
  for (const conversation of CONVERSATIONS) {
    await owner.call('conversation.create', { conversation, name: conversation })
    for (const other of others) await other.call('conversation.join', { conversation })
  }
  for (const client of [owner, ...others]) client.terminate()
}

async function settle(talkers: readonly Talker[]): Promise<void> {
  await waitFor(() => talkers.every(({ settled }) => settled), 'every message to be acknowledged')
}

async function readHistory(url: string, conversation: string): Promise<Message[]> {
  const reader = await connectPatiently(url)
  const pages: Message[][] = []
  for (let before: number | undefined, more = true; more; ) {
    const page = await reader.call('conversation.history', {
      conversation,
      limit: 100,
      ...(before === undefined ? {} : { before }),
    })
    pages.unshift([...page.messages].reverse())
    before = page.messages.at(-1)?.offset
    more = page.more
  }
  reader.terminate()
  return pages.flat()
}

async function connectPatiently(url: string): Promise<RawClient> {
  const deadline = Date.now() + HEAL_MS
  for (;;) {
    try {
      const client = await RawClient.connect(url, 'ada')
      await client.call('conversation.list', { scope: 'mine' })
      return client
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(100)
    }
  }
}

function caughtUp(talker: Talker, histories: ReadonlyMap<string, readonly Message[]>): boolean {
  for (const [conversation, history] of histories) {
    const newest = talker.received.get(conversation)?.at(-1)?.offset ?? 0
    if (newest < (history.at(-1)?.offset ?? 0)) return false
  }
  return true
}

async function waitFor(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + HEAL_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`)
    await pause(20)
  }
}

/** The pace of the test's own traffic and polling; no assertion depends on it. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
