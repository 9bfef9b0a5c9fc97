// A service that is down: clients are told, what does not need it goes on, and all is well again by itself.
import { createClient } from '@nowcast/client'
import { createNode, type Node } from '@nowcast/server'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Relay } from '../support/relay.ts'
import { TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'
import { tokenFor } from '../support/tokens.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }

let database: TestDatabase
let relay: Relay
let node: Node
let url: string

beforeAll(async () => {
  database = await TestDatabase.start()
  const address = new URL(database.embedded.url)
  relay = await Relay.start(Number(address.port))
  address.port = String(relay.port)
  node = await createNode({
    port: 0,
    logLevel: 'silent',
    database: { url: address.href as `postgres://${string}` },
    channels: { 'room-*': { publish: true } },
    conversations: { seed: { general: 'General' } },
  })
  url = await node.listen()
})

afterAll(async () => {
  await node?.stop()
  await relay?.stop()
  await database?.stop()
})

it('is told to clients, now and when they connect, until it is back: PostgreSQL', async () => {
  const connect = () => createClient({ url, token: tokenFor('ada'), WebSocket })
  const client = connect()
  await client.conversations.join('general')
  const general = client.conversation('general')
  general.subscribe(() => {})
  expect(client.connection.getSnapshot().degraded).toBeUndefined()
  const { port } = relay
  await relay.stop()
  await vi.waitFor(() => expect(client.connection.getSnapshot().degraded).toEqual(['database']), PATIENCE)
  const late = connect()
  late.connect()
  await vi.waitFor(() => expect(late.connection.getSnapshot().degraded).toEqual(['database']), PATIENCE)
  expect((await fetch(`${url}/health/ready`)).status).toBe(503)

  // Channels need no database; a message waits.
  expect(await client.channel('room-1').publish('hello', 1)).toMatchObject({ duplicate: false })
  const { id } = general.send('written meanwhile')
  expect(general.getSnapshot().messages.at(-1)).toMatchObject({ id, status: 'sending' })

  relay = await Relay.start(Number(new URL(database.embedded.url).port), port)
  await vi.waitFor(() => expect(client.connection.getSnapshot().degraded).toBeUndefined(), PATIENCE)
  await vi.waitFor(
    () => expect(general.getSnapshot().messages.at(-1)).toMatchObject({ id, status: 'sent' }),
    PATIENCE,
  )
  expect(late.connection.getSnapshot().degraded).toBeUndefined()
  client.close()
  late.close()
}, 60_000)

it('is told to clients, and chat goes on: Redis', async () => {
  const redis = await TestRedis.start()
  const parts = { port: 0, logLevel: 'silent', redis: { url: redis.url } } as const
  const seed = { 'beside-redis': 'Beside Redis' }
  const others = { database: { url: database.embedded.url }, conversations: { seed } }
  const channels = { 'room-*': { publish: true } }
  const nodes = [
    await createNode({ ...parts, ...others, channels }),
    await createNode({ ...parts, ...others, channels }),
  ]
  const clients = []
  for (const [index, one] of nodes.entries()) {
    const address = await one.listen()
    clients.push(createClient({ url: address, token: tokenFor(`user-${index}`), WebSocket }))
  }
  const [ada, grace] = clients
  if (ada === undefined || grace === undefined) throw new Error('unreachable')
  for (const client of clients) await client.conversations.join('beside-redis')
  const conversation = grace.conversation('beside-redis')
  conversation.subscribe(() => {})
  await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('ready'), PATIENCE)

  await redis.kill()
  for (const { connection } of clients) {
    await vi.waitFor(() => expect(connection.getSnapshot().degraded).toEqual(['engine']), PATIENCE)
  }
  // PostgreSQL itself tells the other node of the message.
  ada.conversation('beside-redis').send('without Redis')
  await vi.waitFor(
    () => expect(conversation.getSnapshot().messages.at(-1)).toMatchObject({ body: 'without Redis' }),
    PATIENCE,
  )
  const published = ada.channel('room-1').publish('waits', 1)

  await redis.start()
  expect(await published).toMatchObject({ duplicate: false })
  for (const { connection } of clients) {
    await vi.waitFor(() => expect(connection.getSnapshot().degraded).toBeUndefined(), PATIENCE)
  }
  for (const client of clients) client.close()
  for (const one of nodes) await one.stop()
  await redis.dispose()
}, 60_000)
