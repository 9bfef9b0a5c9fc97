// Several workers on one port: they share through Redis, are started again when they die, and replaced without a loss.
import { createClient, type NowcastClient } from '@nowcast/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { RawClient } from '../support/rawClient.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { TestRedis } from '../support/testRedis.ts'
import { tokenFor } from '../support/tokens.ts'
import { UNLIMITED_TEXT } from '../support/unlimited.ts'

const PATIENCE = { timeout: 30_000, interval: 20 }
const WORKERS = 2

let redis: TestRedis
let server: ServerProcess

beforeAll(async () => {
  redis = await TestRedis.start()
  server = await ServerProcess.start({
    config: `export default {
      channels: { 'room-*': { publish: true, history: { size: 1000, ttl: '5m' } } },
      drainTimeout: '2s',
      ${UNLIMITED_TEXT},
    }`,
    flags: ['--redis', redis.url, '--workers', String(WORKERS)],
  })
})

afterAll(async () => {
  await server?.dispose()
  await redis?.dispose()
})

/** The names of the workers that are in the registry. */
async function workers(): Promise<string[]> {
  const { nodes } = await (await fetch(`${server.url}/health`)).json()
  return nodes.map(({ name }: { readonly name: string }) => name)
}

/** A name ends with the id of its process and something random. */
const processOf = (name: string) => Number(name.split('-').at(-2))

/** A client on each of the workers. */
async function clientOfEach(): Promise<Map<string, RawClient>> {
  const clients = new Map<string, RawClient>()
  await vi.waitFor(async () => {
    const client = await RawClient.open(server.url)
    const { server: name } = await client.call('connect', { version: 1, token: tokenFor('ada') })
    if (clients.has(name)) client.terminate()
    else clients.set(name, client)
    expect(clients.size).toBe(WORKERS)
  }, PATIENCE)
  return clients
}

it('needs Redis for more than one worker, and says so', async () => {
  const alone = await ServerProcess.prepare({ flags: ['--workers', '2'] })
  const { code, output } = await alone.runToEnd()
  expect([code, output]).toEqual([1, expect.stringContaining('give its address with --redis')])
  await alone.dispose()
})

describe('workers', () => {
  it('all serve the port, know of one another, and share channels', async () => {
    expect(server.output).toContain(`Workers    ${WORKERS}`)
    const clients = await clientOfEach()
    await vi.waitFor(async () => expect(await workers()).toEqual([...clients.keys()].sort()), PATIENCE)
    for (const client of clients.values())
      await client.call('subscribe', { channels: [{ channel: 'room-1' }] })
    let count = 0
    for (const client of clients.values()) {
      count += 1
      const { position } = await client.call('publish', {
        channel: 'room-1',
        event: 'hello',
        eventId: `hello-${count}`,
        data: count,
      })
      expect(position.offset).toBe(count)
    }
    for (const client of clients.values()) {
      await client.until(() => client.events('room-1').length === count, 'every event on every worker')
      expect(client.events('room-1').map(({ offset }) => offset)).toEqual([1, 2])
      client.terminate()
    }
  })

  it('that die are started again', async () => {
    await vi.waitFor(async () => expect(await workers()).toHaveLength(WORKERS), PATIENCE)
    const [victim = ''] = await workers()
    process.kill(processOf(victim), 'SIGKILL')
    await vi.waitFor(() => expect(server.output).toContain('has ended; starting another'), PATIENCE)
    const clients = await clientOfEach()
    expect(clients.has(victim)).toBe(false)
    for (const client of clients.values()) client.terminate()
  }, 60_000)

  it('are replaced one after another while people talk, and nobody loses or doubles a word', async () => {
    const before = new Set((await clientOfEach()).keys())
    const people = ['ada', 'grace', 'alan'].map(talker)
    const [owner] = people
    await owner?.client.conversations.create({ id: 'replacing', name: 'Replacing' })
    for (const { client } of people) await client.conversations.join('replacing')
    for (const { listen } of people) await listen()
    let talking = true
    const talk = Promise.all(
      people.map(async ({ say }) => {
        while (talking) await say()
      }),
    )
    process.kill(server.pid, 'SIGHUP')
    await vi.waitFor(() => expect(server.output).toContain('All workers are replaced.'), PATIENCE)
    talking = false
    await talk
    const said = people.flatMap(({ said }) => said)
    for (const { heard, offsets } of people) {
      await vi.waitFor(() => expect(heard).toHaveLength(said.length), PATIENCE)
      expect([...heard].sort()).toEqual([...said].sort())
      expect(offsets).toEqual(offsets.map((_offset, index) => (offsets[0] ?? 0) + index))
    }
    for (const { client } of people) client.close()
    const after = await clientOfEach()
    for (const [name, client] of after) {
      expect(before.has(name)).toBe(false)
      client.terminate()
    }
  }, 60_000)
})

function talker(user: string) {
  const client: NowcastClient = createClient({ url: server.url, token: () => tokenFor(user), WebSocket })
  const said: string[] = []
  const heard: string[] = []
  const offsets: number[] = []
  const channel = client.channel('conversation-replacing')
  const conversation = client.conversation('replacing')
  return {
    client,
    said,
    heard,
    offsets,
    async listen() {
      channel.onAny(({ name, offset, data }) => {
        if (name !== 'message:created') return
        offsets.push(offset)
        heard.push((data as { readonly body: string }).body)
      })
      await vi.waitFor(() => expect(channel.getSnapshot().state).toBe('subscribed'), PATIENCE)
    },
    /** Says something, and waits until it is stored. */
    async say() {
      const body = `${user} ${said.length}`
      said.push(body)
      conversation.send(body)
      await vi.waitFor(() => expect(client.connection.getSnapshot().queued).toBe(0), PATIENCE)
    },
  }
}
