// Publishing as an application's backend does, over HTTP with a signature.
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createBackend } from '@nowcast/client/backend'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { eventually } from '../support/testDatabase.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start()
})
afterAll(() => server?.dispose())

const backend = (fields: { key?: string; secret?: string } = {}) =>
  createBackend({ url: server.url, key: 'dev-key', secret: 'dev-secret', retries: 0, ...fields })

/** A request signed by hand, so that it can be wrong. */
async function post(
  body: string | Buffer,
  { path = '/v1/publish', timestamp = Date.now(), headers = {}, signedBody = body } = {},
): Promise<{ status: number; code: string | undefined; field: string | undefined; text: string }> {
  const digest = createHash('sha256').update(signedBody).digest('hex')
  const response = await fetch(server.url + path, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: {
      'content-type': 'application/json',
      'x-nowcast-key': 'dev-key',
      'x-nowcast-timestamp': String(timestamp),
      'x-nowcast-signature': createHmac('sha256', 'dev-secret')
        .update(`${timestamp}\nPOST\n${path}\n${digest}`)
        .digest('hex'),
      ...headers,
    },
  })
  const text = await response.text()
  const { error } = JSON.parse(text)
  return { status: response.status, code: error?.code, field: error?.field, text }
}

const event = (fields: object = {}) => JSON.stringify({ channel: 'news', event: 'e', data: 1, ...fields })
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('a published event', () => {
  it('arrives as it was sent, with its place', async () => {
    const channel = `arrives-${randomUUID()}`
    const client = await RawClient.connect(server.url, 'ada')
    await client.call('subscribe', { channels: [{ channel }] })
    const data = { text: 'ünï ✓', list: [1, null, { deep: true }] }
    const result = await backend().publish(channel, 'created', data, { id: 'e1', metadata: { trace: 't1' } })
    expect(result).toMatchObject({ duplicate: false, position: { offset: 1 } })
    await client.until(() => client.events(channel).length > 0, 'the event')
    expect(client.events(channel)).toEqual([
      {
        type: 'event',
        id: 'e1',
        version: 1,
        channel,
        name: 'created',
        data,
        metadata: { trace: 't1' },
        timestamp: result.timestamp,
        offset: 1,
      },
    ])
    client.terminate()
  })

  it('is the same when it is published again', async () => {
    const channel = `again-${randomUUID()}`
    const first = await backend().publish(channel, 'e', { n: 1 }, { id: 'same' })
    expect(await backend().publish(channel, 'e', { n: 1 }, { id: 'same' })).toEqual({
      ...first,
      duplicate: true,
    })
    expect(await backend().publish(channel, 'e', { n: 1 })).toMatchObject({ position: { offset: 2 } })
    await expect(backend().publish(channel, 'e', { n: 2 }, { id: 'same' })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
  })

  it('of a batch fares for itself, in order', async () => {
    const channel = `batch-${randomUUID()}`
    const client = await RawClient.connect(server.url, 'ada')
    await client.call('subscribe', { channels: [{ channel }] })
    const results = await backend().publishBatch([
      { channel, event: 'e', data: 1, id: 'one' },
      { channel: 'conversation-x', event: 'e', data: 1 },
      { channel, event: 'e', data: 1, id: 'one' },
      { channel, event: 'e', data: 'x'.repeat(40_000) },
      { channel, event: 'e', data: 2, id: 'two' },
    ])
    expect(results).toMatchObject([
      { result: { duplicate: false, position: { offset: 1 } } },
      { error: { code: 'forbidden' } },
      { result: { duplicate: true, position: { offset: 1 } } },
      { error: { code: 'data_too_large' } },
      { result: { duplicate: false, position: { offset: 2 } } },
    ])
    await client.until(() => client.events(channel).length === 2, 'both events')
    expect(client.events(channel).map(({ data, offset }) => [data, offset])).toEqual([
      [1, 1],
      [2, 2],
    ])
    client.terminate()
  })

  it('carries a token that the server believes', async () => {
    const token = await backend().token({ id: 'ada', name: 'Ada', claims: { team: 7 } })
    const client = await RawClient.open(server.url)
    expect(await client.call('connect', { version: 1, token })).toMatchObject({
      user: { id: 'ada', name: 'Ada' },
    })
    client.terminate()
  })
})

describe('refused is', () => {
  it('a wrong secret', async () => {
    await expect(backend({ secret: 'guess' }).publish('news', 'e', 1)).rejects.toMatchObject({
      code: 'signature_invalid',
    })
  })

  it('an unknown key', async () => {
    await expect(backend({ key: 'guess' }).publish('news', 'e', 1)).rejects.toMatchObject({
      code: 'unknown_app',
    })
  })

  it('a body that is not the signed one', async () => {
    expect(await post(event({ data: 2 }), { signedBody: event() })).toMatchObject({
      status: 401,
      code: 'signature_invalid',
    })
  })

  it.each(['', 'zz', 'ab'.repeat(31), 'ä'.repeat(32), 'a'.repeat(5_000)].map((text) => [encodeURI(text)]))(
    'the signature "%.20s"',
    async (signature) => {
      expect(await post(event(), { headers: { 'x-nowcast-signature': signature } })).toMatchObject({
        status: 401,
        code: 'signature_invalid',
      })
    },
  )

  it.each([-3_600_000, 3_600_000])('a request signed %i ms from now', async (distance) => {
    expect(await post(event(), { timestamp: Date.now() + distance })).toMatchObject({
      status: 401,
      code: 'timestamp_invalid',
    })
  })

  it('a time that is none', async () => {
    expect(await post(event(), { timestamp: Number.NaN })).toMatchObject({
      status: 401,
      code: 'timestamp_invalid',
    })
  })

  it.each([
    ['data over the limit', event({ data: 'x'.repeat(33_000) }), 413, 'data_too_large', undefined],
    ['a body over the limit', event({ data: 'x'.repeat(200_000) }), 413, 'data_too_large', undefined],
    ['no JSON', '{"channel":', 400, 'malformed_frame', undefined],
    ['nothing', '', 400, 'malformed_frame', undefined],
    ['a list', '[]', 400, 'invalid_command', ''],
    ['no channel', '{"event":"e"}', 400, 'invalid_command', 'channel'],
    ['a wrong channel', event({ channel: 'with space' }), 400, 'invalid_command', 'channel'],
    ['a long channel', event({ channel: 'c'.repeat(201) }), 400, 'invalid_command', 'channel'],
    ['a wrong event', event({ event: '' }), 400, 'invalid_command', 'event'],
    ['a wrong id', event({ id: 'with space' }), 400, 'invalid_command', 'id'],
    ['wrong metadata', event({ metadata: [] }), 400, 'invalid_command', 'metadata'],
    ['half a character', event({ event: 'e\ud800' }), 400, 'invalid_command', 'event'],
    ['metadata with U+0000', event({ metadata: { k: '\0' } }), 400, 'invalid_command', 'metadata'],
    [
      'metadata with half a character',
      event({ metadata: { '\udc00': 1 } }),
      400,
      'invalid_command',
      'metadata',
    ],
    ['data too deep', `{"channel":"news","event":"e","data":${nested(40)}}`, 400, 'invalid_command', 'data'],
    [
      'data far too deep',
      `{"channel":"news","event":"e","data":${nested(15_000)}}`,
      400,
      'invalid_command',
      'data',
    ],
    ["a conversation's channel", event({ channel: 'conversation-x' }), 403, 'forbidden', undefined],
  ])('%s', async (_what, body, status, code, field) => {
    const answer = await post(body)
    expect(answer).toMatchObject({ status, code })
    if (field !== undefined) expect(answer.field).toBe(field)
    expect(answer.text).not.toMatch(/node_modules|\.ts:|\.js:/)
  })

  it('an empty batch, and one of more than 100', async () => {
    const path = '/v1/publish/batch'
    expect(await post('{"events":[]}', { path })).toMatchObject({ status: 400, field: 'events' })
    const events = Array(101).fill({ channel: 'news', event: 'e' })
    expect(await post(JSON.stringify({ events }), { path })).toMatchObject({ status: 400, field: 'events' })
    await expect(backend().publishBatch(events)).rejects.toMatchObject({ code: 'invalid_command' })
  })
})

describe('a stranger', () => {
  /** Sends the head of a request that announces a large body, and nothing of the body. */
  async function announce(headers: Readonly<Record<string, string>>) {
    const socket = connect(server.port, '127.0.0.1')
    const lines = Object.entries({
      host: 'x',
      'content-type': 'application/json',
      'content-length': '3000000',
      ...headers,
    })
    socket.on('error', () => {})
    socket.write(
      `POST /v1/publish/batch HTTP/1.1\r\n${lines.map(([name, text]) => `${name}: ${text}\r\n`).join('')}\r\n`,
    )
    await once(socket, 'connect')
    return socket
  }
  const forged = () => ({
    'x-nowcast-key': 'dev-key',
    'x-nowcast-timestamp': String(Date.now()),
    'x-nowcast-signature': 'a'.repeat(64),
  })

  it.each([
    ['without a key', { 'x-nowcast-key': '' }, 'unknown_app'],
    ['without a time', { 'x-nowcast-timestamp': '' }, 'timestamp_invalid'],
    ['with an old time', { 'x-nowcast-timestamp': '1' }, 'timestamp_invalid'],
    ['without a signature', { 'x-nowcast-signature': '' }, 'signature_invalid'],
  ])('%s is refused before the body is read', async (_what, headers, code) => {
    const socket = await announce({ ...forged(), ...headers })
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 401/)
    expect(String(answer)).toContain(code)
    socket.destroy()
  })

  it('with many large bodies takes a bounded amount of memory, and nothing once it is gone', async () => {
    const sockets = await Promise.all(Array.from({ length: 40 }, () => announce(forged())))
    const refused = await Promise.race(sockets.map(async (socket) => String((await once(socket, 'data'))[0])))
    expect(refused).toMatch(/^HTTP\/1.1 503.*retry-after: 1/s)
    expect(refused).toContain('unavailable')
    for (const socket of sockets) socket.destroy()
    const events = Array.from({ length: 100 }, () => ({
      channel: 'news',
      event: 'e',
      data: 'x'.repeat(30_000),
    }))
    await eventually(
      () =>
        backend()
          .publishBatch(events)
          .then(
            () => true,
            () => false,
          ),
      'the backend to be served',
    )
  })
})
