// Compressed events: agreed on when the client offers it and the configuration allows it, the same bytes for everybody.
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { createNode, type Node } from '@nowcast/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { temporaryFolder } from '../support/serverProcess.ts'

let folder: string
let node: Node
let server: Server
let url: string
const links: Socket[] = []

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await createNode({ dataDir: folder, logLevel: 'silent', connections: { compressFromBytes: 500 } })
  server = createServer()
  server.on('connection', (socket: Socket) => links.push(socket))
  node.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})

afterAll(async () => {
  await node?.stop()
  server?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A subscriber, and how many bytes the server writes to it. */
async function subscriber(perMessageDeflate: boolean) {
  const client = await RawClient.open(url, { perMessageDeflate })
  const link = links.at(-1)
  await client.call('connect', { version: 1 })
  await client.call('subscribe', { channels: [{ channel: 'news' }] })
  return { client, written: () => link?.bytesWritten ?? 0 }
}

it('sends large events compressed to whom offers it, and small and others as they are', async () => {
  const subscribers = [await subscriber(true), await subscriber(true), await subscriber(false)]
  const [one, , plain] = subscribers
  expect(subscribers.map(({ client }) => client.socket.extensions)).toEqual([
    'permessage-deflate',
    'permessage-deflate',
    '',
  ])
  const before = subscribers.map(({ written }) => written())
  const texts = ['small', `${'ünï ✓ '.repeat(2_000)}`, `again ${'ünï ✓ '.repeat(2_000)}`]
  for (const text of texts) await node.publish('news', 'said', { text })
  for (const { client } of subscribers) {
    await client.until(() => client.events('news').length === 3, 'three events')
    expect(client.events('news').map(({ data }) => data)).toEqual(texts.map((text) => ({ text })))
  }
  const grown = subscribers.map(({ written }, index) => written() - (before[index] ?? 0))
  expect(grown[0]).toBe(grown[1])
  expect(grown[0]).toBeLessThan((grown[2] ?? 0) / 20)
  expect(one?.client.closed ?? plain?.client.closed).toBeUndefined()
})

it('takes compressed commands, and refuses one that unpacks to more than a frame may hold', async () => {
  const { client } = await subscriber(true)
  const spaces = ' '.repeat(40_000)
  client.socket.send(`{"type":"ping","id":90,${spaces}"x":1}`)
  expect(await client.answer(90)).toMatchObject({ result: {} })
  client.socket.send(`{"type":"ping","id":91,${spaces}${spaces}"x":1}`)
  expect(await client.closeCode()).toBe(1009)
})
