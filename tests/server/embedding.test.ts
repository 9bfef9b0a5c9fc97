// A node inside an application's own process and on its own server.
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { createNode, type Node } from '@nowcast/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { temporaryFolder } from '../support/serverProcess.ts'

let folder: string
let node: Node
let server: Server
let url: string
let port: number

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await createNode({ dataDir: folder, logLevel: 'silent', drainTimeout: 500 })
  server = createServer((request, response) => response.end(`the application's ${request.url}`))
  server.on('upgrade', (request, socket) => {
    if (request.url === '/theirs') socket.end('HTTP/1.1 101 Theirs\r\n\r\nhello')
  })
  node.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  url = `http://127.0.0.1:${port}`
})

afterAll(async () => {
  await node?.stop()
  server?.closeAllConnections()
  server?.close()
  await rm(folder, { recursive: true, force: true })
})

it('leaves the application its own routes', async () => {
  for (const path of ['/', '/shop?v1=1', '/healthy', '/nowcast', '/v1/orders', '/dev/tools']) {
    expect(await (await fetch(url + path)).text()).toBe(`the application's ${path}`)
  }
})

it('serves its own paths beside them', async () => {
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' })
  expect((await fetch(`${url}/v1/publish`, { method: 'POST' })).status).toBe(401)
})

it('takes the connections that are its own', async () => {
  const client = await RawClient.connect(url, 'ada')
  await client.call('subscribe', { channels: [{ channel: 'news' }] })
  const published = await node.publish('news', 'published', { n: 1 }, { id: 'first' })
  expect(published).toMatchObject({ position: { offset: 1 }, duplicate: false })
  expect(await node.publish('news', 'published', { n: 1 }, { id: 'first' })).toEqual({
    ...published,
    duplicate: true,
  })
  await client.until(() => client.events('news').length > 0, 'the event')
  expect(client.events('news')).toMatchObject([{ name: 'published', data: { n: 1 }, id: 'first', offset: 1 }])
  client.terminate()
})

it('leaves other connections to the application', async () => {
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /theirs HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: theirs\r\n\r\n')
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString()
  })
  await once(socket, 'end')
  expect(heard).toBe('HTTP/1.1 101 Theirs\r\n\r\nhello')
  socket.destroy()
})

it('refuses connections that nobody takes', async () => {
  const alone = createServer()
  node.attach(alone)
  alone.listen(0, '127.0.0.1')
  await once(alone, 'listening')
  const address = alone.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  socket.write('GET /nobody HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: theirs\r\n\r\n')
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1.1 404/)
  await once(socket, 'close')
  alone.close()
})

it('refuses what is not a channel or an event', async () => {
  await expect(node.publish('not a channel', 'e', null)).rejects.toMatchObject({ code: 'invalid_channel' })
  await expect(node.publish('news', '', null)).rejects.toMatchObject({ code: 'invalid_event' })
})

it('stops once, however often it is told, and the application goes on', async () => {
  const client = await RawClient.connect(url, 'ada')
  const first = node.stop()
  expect(node.stop()).toBe(first)
  expect(await client.closeCode()).toBe(4503)
  await first
  await node.stop()
  expect(await (await fetch(`${url}/`)).text()).toBe("the application's /")
})
