import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBackend } from './index.ts'

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

type Answer = { readonly status: number; readonly body: string } | 'hang up'

const SECRET = 'the secret of the app'
const accepted = { position: { epoch: 'e', offset: 1 }, timestamp: 1, duplicate: false }
const json = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) })

let server: Server
let received: Received[]
let answers: Answer[]

beforeEach(async () => {
  received = []
  answers = []
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({
      path: request.url ?? '',
      headers: request.headers,
      text: Buffer.concat(chunks).toString(),
    })
    const answer = answers.shift() ?? json(accepted)
    if (answer === 'hang up') response.destroy()
    else response.writeHead(answer.status).end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

type Events = { 'thread:updated': { title: string }; 'thread:closed': null }
const make = (retries = 3) =>
  createBackend<Events>({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    key: 'the key',
    secret: SECRET,
    retries,
  })
const bodyOf = (index: number) => JSON.parse(received[index]?.text ?? '')

describe('publishing from a backend', () => {
  it('signs what it sends', async () => {
    const result = await make().publish(
      'news',
      'thread:updated',
      { title: 'ü' },
      { id: 'i', metadata: { a: 1 } },
    )
    expect(result).toEqual(accepted)
    const [request] = received
    if (request === undefined) throw new Error('Nothing was received.')
    const timestamp = request.headers['x-nowcast-timestamp']
    const hash = createHash('sha256').update(request.text).digest('hex')
    const signature = createHmac('sha256', SECRET)
      .update(`${timestamp}\nPOST\n/v1/publish\n${hash}`)
      .digest('hex')
    expect(request.path).toBe('/v1/publish')
    expect(request.headers).toMatchObject({
      'x-nowcast-key': 'the key',
      'x-nowcast-signature': signature,
      'content-type': 'application/json',
    })
    expect(Math.abs(Number(timestamp) - Date.now())).toBeLessThan(60_000)
    const event = {
      channel: 'news',
      event: 'thread:updated',
      data: { title: 'ü' },
      id: 'i',
      metadata: { a: 1 },
    }
    expect(bodyOf(0)).toEqual(event)
  })

  it('repeats under the same id what was not answered', async () => {
    answers = [
      'hang up',
      { status: 502, body: '<html>' },
      json({ error: { code: 'unavailable', message: '' } }, 503),
    ]
    await make().publish('news', 'thread:closed', null)
    expect(received).toHaveLength(4)
    expect(new Set(received.map(({ text }) => text)).size).toBe(1)
    expect(bodyOf(0).id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('waits as long as a refusal says, and gives up after its retries', async () => {
    const refusal = { code: 'limit_exceeded', message: 'Slower.', retryAfterMs: 60 }
    answers = [json({ error: refusal }, 429), json({ error: refusal }, 429)]
    const start = performance.now()
    await expect(make(1).publish('news', 'thread:closed', null)).rejects.toMatchObject({
      code: 'limit_exceeded',
    })
    expect(performance.now() - start).toBeGreaterThan(60)
    expect(received).toHaveLength(2)
  })

  it('does not repeat what is refused for good', async () => {
    answers = [
      json({ error: { code: 'signature_invalid', message: 'No.' } }, 401),
      { status: 404, body: '<html>' },
    ]
    await expect(make().publish('a', 'thread:closed', null)).rejects.toMatchObject({
      code: 'signature_invalid',
    })
    await expect(make().publish('a', 'thread:closed', null)).rejects.toMatchObject({ code: 'not_found' })
    expect(received).toHaveLength(2)
  })

  it('publishes several events in one request, each with an id', async () => {
    const results = [{ result: accepted }, { error: { code: 'forbidden', message: 'No.' } }]
    answers = ['hang up', json({ results })]
    const outcome = await make().publishBatch([
      { channel: 'a', event: 'thread:closed', data: null },
      { channel: 'b', event: 'thread:updated', data: { title: 't' }, id: 'chosen' },
    ])
    expect(outcome).toEqual(results)
    expect(received.map(({ path }) => path)).toEqual(['/v1/publish/batch', '/v1/publish/batch'])
    expect(received[0]?.text).toBe(received[1]?.text)
    expect(bodyOf(0).events[0].id).toHaveLength(36)
    expect(bodyOf(0).events[1].id).toBe('chosen')
  })

  it('refuses batches that are too large', async () => {
    const events = Array.from(
      { length: 101 },
      () => ({ channel: 'a', event: 'thread:closed', data: null }) as const,
    )
    await expect(make().publishBatch(events)).rejects.toMatchObject({
      code: 'invalid_command',
      field: 'events',
    })
    expect(received).toHaveLength(0)
  })
})

describe('tokens', () => {
  it('are signed with the secret and say who the user is', async () => {
    const token = await make().token({
      id: 'ada',
      name: 'Ada Ü',
      claims: { orgs: [7] },
      expiresInSeconds: 60,
    })
    const [header = '', payload = '', signature] = token.split('.')
    const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
    expect(decode(header)).toEqual({ alg: 'HS256', typ: 'JWT' })
    const { iat, exp, ...claims } = decode(payload)
    expect(claims).toEqual({ sub: 'ada', name: 'Ada Ü', orgs: [7] })
    expect(exp - iat).toBe(60)
    const expected = createHmac('sha256', SECRET).update(`${header}.${payload}`).digest('base64url')
    expect(signature).toBe(expected)
  })
})

describe('what the server tells', () => {
  const event = { type: 'message.missed', id: 'd1', app: '1', messages: [] }
  /** A request as the server makes it, unless a test makes it otherwise. */
  function request({
    body = JSON.stringify(event),
    key = 'the key',
    secret = SECRET,
    timestamp = Date.now(),
  } = {}) {
    const hash = createHash('sha256').update(body).digest('hex')
    const signature = createHmac('sha256', secret)
      .update(`${timestamp}\nPOST\nwebhook\n${hash}`)
      .digest('hex')
    const headers = {
      'x-nowcast-key': key,
      'x-nowcast-timestamp': String(timestamp),
      'x-nowcast-signature': signature,
    }
    return { headers, body }
  }

  it('is taken from the headers of Node.js and of the platform, and from text and bytes', async () => {
    const { headers, body } = request({ body: JSON.stringify({ ...event, id: 'ünï ✓' }) })
    const expected = { ...event, id: 'ünï ✓' }
    expect(await make().webhook(headers, body)).toEqual(expected)
    expect(await make().webhook(new Headers(headers), Buffer.from(body))).toEqual(expected)
  })

  it.each([
    ['of another app', { key: 'another' }, 'unknown_app'],
    ['signed with another secret', { secret: 'another' }, 'signature_invalid'],
    ['recorded long ago', { timestamp: Date.now() - 900_000 }, 'timestamp_invalid'],
    ['of the future', { timestamp: Date.now() + 900_000 }, 'timestamp_invalid'],
    ['without a time', { timestamp: Number.NaN }, 'timestamp_invalid'],
    ['that is not JSON', { body: '{' }, 'malformed_frame'],
    ['that is nothing', { body: 'null' }, 'unknown_command'],
    ['of a kind that is not known', { body: '{"type":"user.gone"}' }, 'unknown_command'],
  ])('is refused %s', async (_what, fields, code) => {
    const { headers, body } = request(fields)
    await expect(make().webhook(headers, body)).rejects.toMatchObject({ name: 'NowcastError', code })
  })

  it('is refused when anything of it was changed or left out', async () => {
    const { headers, body } = request()
    const signature = headers['x-nowcast-signature']
    const forged = (changed: object) => make().webhook({ ...headers, ...changed }, body)
    await expect(make().webhook(headers, `${body} `)).rejects.toMatchObject({ code: 'signature_invalid' })
    for (const wrong of [
      '',
      undefined,
      [signature],
      signature.toUpperCase(),
      signature.slice(2),
      `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`,
    ])
      await expect(forged({ 'x-nowcast-signature': wrong })).rejects.toMatchObject({
        code: 'signature_invalid',
      })
    const later = String(Number(headers['x-nowcast-timestamp']) + 1)
    await expect(forged({ 'x-nowcast-timestamp': later })).rejects.toMatchObject({
      code: 'signature_invalid',
    })
  })
})
