// Clients that want more than their share: of memory, of time, of connections. Nobody else may notice.
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { eventually } from '../support/testDatabase.ts'

const CONFIG = `
export default {
  channels: { 'open-*': { publish: true }, 'ticker-*': { publish: true, latestOnly: true } },
  connections: { maxPendingCommands: 20, maxOutboxBytes: 200_000, connectTimeout: 1000 },
}
`

let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start({ config: CONFIG })
})
afterAll(() => server?.dispose())

/** Publishes events whose ids and data are their numbers. */
async function publish(channel: string, count: number, bytes: number): Promise<void> {
  const publisher = await RawClient.connect(server.url, 'publisher')
  const padding = 'x'.repeat(bytes)
  for (let index = 0; index < count; index += 10) {
    await Promise.all(
      Array.from({ length: Math.min(10, count - index) }, (_, within) => {
        const n = index + within
        return publisher.call('publish', { channel, event: 'e', eventId: `e${n}`, data: { n, padding } })
      }),
    )
  }
  publisher.terminate()
}

it('a link that says much but never connects is closed', async () => {
  const client = await RawClient.open(server.url)
  const chatter = setInterval(() => client.socket.pong(), 100)
  expect(await client.closeCode()).toBe(4409)
  clearInterval(chatter)
})

it('a peer that asks for signs of life without reading them gets no more than fit', async () => {
  const client = await RawClient.connect(server.url, 'mallory')
  const payload = Buffer.alloc(125)
  const asked = 200_000
  let answered = 0
  client.socket.on('pong', () => {
    answered += 1
  })
  client.socket.pause()
  for (let sent = 0; sent < asked; sent += 1_000) {
    for (let index = 0; index < 1_000; index += 1) client.socket.ping(payload)
    await new Promise((resolve) => client.socket.ping(payload, true, resolve))
  }
  await eventually(async () => (await fetch(`${server.url}/health/live`)).ok, 'the server to be there')
  client.socket.resume()
  // It is either answered, or taken for the slow reader that it was; whatever was written before arrives first.
  client.socket.send('{"id":99,"type":"ping"}')
  const answeredOrClosed = () =>
    client.closed !== undefined || client.frames.some((frame) => frame.includes('"id":99'))
  await client.until(answeredOrClosed, 'the end')
  expect(answered).toBeGreaterThan(0)
  expect(answered).toBeLessThan(asked)
  client.terminate()
})

it('a slow reader of what supersedes itself gets the newest in the end', async () => {
  const slow = await RawClient.connect(server.url, 'slow')
  await slow.call('subscribe', { channels: [{ channel: 'ticker-x' }] })
  slow.socket.pause()
  await publish('ticker-x', 4_000, 4_000)
  slow.socket.resume()
  const newest = () => JSON.stringify(slow.events('ticker-x').at(-1)?.data ?? null).startsWith('{"n":3999')
  await slow.until(newest, 'the newest')
  expect(slow.events('ticker-x').length).toBeLessThan(4_000)
  slow.terminate()
})

it('many channels in one command are as much as many commands', async () => {
  const client = await RawClient.connect(server.url, 'mallory')
  const channels = Array.from({ length: 10 }, (_, index) => ({ channel: `conversation-none-${index}` }))
  const ids = Array.from({ length: 30 }, (_, index) => 1_000 + index)
  client.socket.send(ids.map((id) => JSON.stringify({ id, type: 'subscribe', channels })).join('\n'))
  const answers = await Promise.all(ids.map((id) => client.answer(id)))
  const refused = answers.filter(({ error }) => error?.code === 'too_many_commands')
  expect(refused.length).toBe(28)
  client.terminate()
})

it('answers are bounded in bytes: what does not fit is a gap or on a further page', async () => {
  await publish('open-large', 20, 30_000)
  const client = await RawClient.connect(server.url, 'mallory')
  const page = await client.call('history', { channel: 'open-large', limit: 100 })
  expect(page.more).toBe(true)
  expect(page.publications.map(({ offset }) => offset)).toEqual([18, 19, 20])
  const recover = (offset: number) =>
    client.call('subscribe', {
      channels: [{ channel: 'open-large', position: { ...page.position, offset } }],
    })
  expect(await recover(17)).toMatchObject({
    channels: [{ recovery: 'recovered', publications: { length: 3 } }],
  })
  expect(await recover(2)).toMatchObject({
    channels: [{ recovery: 'gap', reason: 'too-much', position: page.position }],
  })
  client.terminate()
})

it('a link to nowhere is not held open by its peer', async () => {
  const socket = connectTcp({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  let failed = false
  socket.on('error', () => {
    failed = true
  })
  socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  socket.resume()
  await once(socket, 'end')
  await eventually(() => {
    if (!failed) socket.write('still here')
    return failed
  }, 'the server to have let go')
  socket.destroy()
})
