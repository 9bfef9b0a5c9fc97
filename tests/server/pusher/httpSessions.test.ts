// Sessions over HTTP, request by request: framing, what is refused, and how sessions end.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ConfigInput } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClusterNodes, overEveryCluster } from '../../support/everyCluster.ts'
import { RawPusherClient } from '../../support/rawPusherClient.ts'
import { messagesOf, RawPusherHttp, type RawStream } from '../../support/rawPusherHttp.ts'
import { eventually, TestDatabase } from '../../support/testDatabase.ts'
import { TestRedis } from '../../support/testRedis.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

const ESTABLISHED = 'pusher:connection_established'
const OTHER_OPEN = 'c[2010,"Another connection still open"]'
const ping = { event: 'pusher:ping', data: {} }
const subscribe = (channel: string) => ({ event: 'pusher:subscribe', data: { channel } })
const events = (lines: readonly string[]) => lines.flatMap(messagesOf).map(({ event }) => event)

const streams: RawStream[] = []
afterEach(() => {
  for (const stream of streams.splice(0)) stream.cut()
})
function follow(client: RawPusherHttp): RawStream {
  const stream = client.stream()
  streams.push(stream)
  return stream
}

overEveryCluster({ connections: { maxFrameBytes: 2_000 } }, (nodes) => {
  const here = (key?: string) => new RawPusherHttp(nodes().urlOf(0), key === undefined ? {} : { key })
  const elsewhere = (client: RawPusherHttp) => client.by(nodes().urlOf(1))

  it('is polled', async () => {
    const client = here()
    expect(await client.poll()).toEqual(['o'])
    const first = await elsewhere(client).poll()
    expect(events(first)).toEqual([ESTABLISHED])
    const waiting = client.poll()
    expect(await elsewhere(client).send([ping, ping])).toBe(204)
    expect(events(await waiting)).toEqual(['pusher:pong', 'pusher:pong'])
  })

  it('is streamed, with what makes browsers and proxies pass it on', async () => {
    const client = here()
    const response = await client.ask('xhr_streaming')
    expect(response.headers.get('content-type')).toBe('application/javascript; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    const reader = response.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    expect(new TextDecoder().decode(value).slice(0, 2_051)).toBe(`${'h'.repeat(2_048)}\no\n`)
    await reader?.cancel()
    expect((await here().ask('xhr')).headers.get('cache-control')).toBe('no-store')
  })

  it('lets pages of every origin ask', async () => {
    const { path } = here()
    const response = await fetch(`${nodes().urlOf(0)}${path}/xhr_send`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://example.com')
    expect(response.headers.get('access-control-allow-headers')).toBe('content-type')
  })

  it('says at once that it is there when it is asked', async () => {
    const client = here()
    const stream = follow(client)
    await stream.untilLine(/connection_established/)
    expect(await elsewhere(client).send([])).toBe(204)
    await stream.untilLine(/^a\[\]$/)
  })

  it('goes on where another response ended, on any node', async () => {
    const client = here()
    const first = follow(client)
    await first.untilLine(/connection_established/)
    first.cut()
    const second = follow(elsewhere(client))
    await eventually(() => second.text !== '', 'the second stream')
    await client.send([ping])
    await second.untilLine(/pusher:pong/)
    expect(second.lines.filter((line) => line.startsWith('o'))).toEqual([])
  })

  it('follows the newest of two requests', async () => {
    const client = here()
    const first = follow(client)
    await first.untilLine(/connection_established/)
    const second = follow(elsewhere(client))
    expect((await first.untilEnd()).at(-1)).toBe(OTHER_OPEN)
    await client.send([ping])
    await second.untilLine(/pusher:pong/)
    const poll = client.poll()
    expect((await second.untilEnd()).at(-1)).toBe(OTHER_OPEN)
    await client.send([ping])
    expect(events(await poll)).toEqual(['pusher:pong'])
  })

  it('waits for the client to have read a response before it gives more in the next', async () => {
    const client = here()
    const stream = follow(client)
    await stream.untilLine(/connection_established/)
    await client.send([subscribe('many')])
    await stream.untilLine(/subscription_succeeded/)
    const data = 'x'.repeat(30_000)
    for (let n = 1; n <= 20; n += 1) {
      await nodes().nodes[1 % nodes().nodes.length]?.publish('many', `n${n}`, data)
      // What is published in one turn leaves in one piece.
      await nextTurn()
    }
    await eventually(() => stream.text.length > 262_144, 'the end of what is read')
    const next = follow(elsewhere(client))
    await next.untilLine(/"n20\\"/)
    stream.cut()
    const numbers = events([...stream.lines, ...next.lines]).filter((event) => /^n\d/.test(event))
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => `n${index + 1}`))
    expect(stream.text.length).toBeLessThan(2 * 262_144)
  })

  it('serves what was sent first first', async () => {
    const client = here()
    await client.poll({ query: 'protocol=7&n=10' })
    await client.poll({ query: 'n=11' })
    const sent = [14, 13, 12].map((n) =>
      (n === 13 ? elsewhere(client) : client).send([subscribe(`c${n}`)], `n=${n}`),
    )
    expect(await Promise.all(sent)).toEqual([204, 204, 204])
    const heard: string[] = []
    while (heard.length < 3)
      heard.push(...(await client.poll()).flatMap(messagesOf).map(({ channel = '' }) => channel))
    expect(heard).toEqual(['c12', 'c13', 'c14'])
  })

  describe('is refused', () => {
    it('without a session', async () => {
      expect(await here().send([ping])).toBe(404)
      const client = here()
      await client.poll()
      const { path } = new RawPusherHttp('', { key: 'other', session: client.path.split('/').at(-1) ?? '' })
      const response = await fetch(`${nodes().urlOf(0)}${path}/xhr_send`, { method: 'POST', body: '[]' })
      expect(response.status).toBe(404)
    })

    it.each(['a.b', 'x'.repeat(65), '%00', 'ř'])(
      'with the name of a session that is none: %s',
      async (session) => {
        const client = new RawPusherHttp(nodes().urlOf(0), { session })
        expect((await client.ask('xhr')).status).toBe(404)
      },
    )

    it.each([
      ['no JSON', 'text'],
      ['nothing', ''],
      ['no array', '{}'],
      ['an array of others', '[{}]'],
      ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ])('with a body that is %s', async (_, body) => {
      const client = here()
      await client.poll()
      expect((await client.ask('xhr_send', { body })).status).toBe(400)
      expect(events(await client.poll())).toEqual([ESTABLISHED])
    })

    it.each([2_001, 20_000])('with a message of %i bytes, which ends it', async (length) => {
      const client = here()
      await client.poll()
      await client.poll()
      const poll = client.poll()
      expect(await elsewhere(client).send(['x'.repeat(length)])).toBe(413)
      expect(await poll).toEqual(['c[1009,"The message is too large."]'])
    })

    it.each([
      ['another key', 'nobody', 'protocol=7', 4001],
      ['a version to come', 'dev-key', 'protocol=8', 4007],
      ['no version', 'dev-key', '', 4008],
    ])('with a word about it: %s', async (_, key, query, code) => {
      const client = here(key)
      const stream = client.stream({ query })
      const lines = await stream.untilEnd()
      expect(lines[0]).toBe('o')
      expect(JSON.parse(messagesOf(lines[1] ?? '')[0]?.data ?? '')).toMatchObject({ code })
      expect(JSON.parse(lines[2]?.slice(1) ?? '')[0]).toBe(code)
    })
  })
})

describe('a node', () => {
  let database: TestDatabase
  let cluster: ClusterNodes | undefined
  beforeAll(async () => {
    database = await TestDatabase.start()
  })
  afterEach(async () => {
    await cluster?.stop()
    cluster = undefined
  })
  afterAll(() => database?.stop())
  async function start(config: ConfigInput): Promise<string> {
    cluster = await ClusterNodes.start(database, config)
    return cluster.urlOf(0)
  }

  it('takes so many sessions of an address, and others when those have ended', async () => {
    const url = await start({ limits: { ...UNLIMITED, connectionsPerAddress: 2 } })
    const first = follow(new RawPusherHttp(url))
    const second = follow(new RawPusherHttp(url))
    for (const stream of [first, second]) await stream.untilLine(/connection_established/)
    expect((await new RawPusherHttp(url).stream().untilEnd()).at(-1)).toMatch(/^c\[4004,/)
    first.cut()
    await eventually(async () => {
      const client = await RawPusherClient.open(url)
      await client.until(() => client.frames.length > 0, 'an answer')
      client.terminate()
      return client.heard(ESTABLISHED).length > 0
    }, 'room')
  })

  it('serves an app that wants TLS only to those who come through it', async () => {
    const url = await start({ pusher: { requireTls: true }, trustProxy: 1 })
    const plain = new RawPusherHttp(url)
    await plain.poll()
    expect((await plain.poll()).at(-1)).toMatch(/^c\[4000,/)
    const encrypted = new RawPusherHttp(url)
    await encrypted.poll({ headers: { 'x-forwarded-proto': 'https' } })
    expect(events(await encrypted.poll())).toEqual([ESTABLISHED])
  })

  it('lets nobody be told who comes far too often', async () => {
    const url = await start({ limits: { ...UNLIMITED, connects: '1/1min' } })
    const statuses: number[] = []
    for (let count = 0; count < 3; count += 1) statuses.push((await new RawPusherHttp(url).ask('xhr')).status)
    expect(statuses).toEqual([200, 200, 503])
  })

  it('keeps what it has for a reader who does not come within bounds', async () => {
    const url = await start({ connections: { maxOutboxBytes: 200_000 } })
    const client = new RawPusherHttp(url)
    await client.poll()
    await client.poll()
    await client.send([subscribe('much')])
    await client.poll()
    for (let count = 0; count < 20; count += 1)
      await cluster?.nodes[0]?.publish('much', 'drop', 'x'.repeat(30_000))
    const lines: string[] = []
    while (!lines.at(-1)?.startsWith('c')) lines.push(...(await client.poll()))
    expect(lines.at(-1)).toMatch(/^c\[4100,/)
    expect(events(lines).length).toBeLessThan(20)
  })

  it('sends everybody elsewhere when it goes', async () => {
    const url = await start({ drainTimeout: 1_000 })
    const streamed = new RawPusherHttp(url)
    const stream = follow(streamed)
    await stream.untilLine(/connection_established/)
    const polled = new RawPusherHttp(url)
    await polled.poll()
    await polled.poll()
    const poll = polled.poll()
    const stopped = cluster?.stop()
    for (const lines of [await stream.untilEnd(), await poll]) {
      expect(lines.at(-1)).toMatch(/^c\[4200,/)
      expect(events(lines).at(-1)).toBe('pusher:error')
    }
    await stopped
    cluster = undefined
  })

  it('is not waited for by those whose sessions it had', async () => {
    const redis = await TestRedis.start()
    const shared = { redis: { url: redis.url } }
    cluster = await ClusterNodes.start(database, shared, shared)
    const [first, second] = cluster.nodes
    const client = new RawPusherHttp(cluster.urlOf(0))
    const stream = follow(client.by(cluster.urlOf(1)))
    await stream.untilLine(/connection_established/)
    await second?.stop()
    await stream.untilEnd()
    expect(await client.send([ping])).toBe(404)
    expect(await client.poll()).toEqual(['o'])
    await first?.stop()
    await redis.dispose()
    cluster = undefined
  })
})
