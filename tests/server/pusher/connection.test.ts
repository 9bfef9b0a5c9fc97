// Connecting, staying connected, and being sent away: pings, close codes, limits.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { ConfigInput } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Balancer } from '../../support/balancer.ts'
import { ClusterNodes } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherRequest } from '../../support/pusherRequest.ts'
import { RawClient } from '../../support/rawClient.ts'
import { PUSHER_PATH, pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'
import { eventually, TestDatabase } from '../../support/testDatabase.ts'
import { TestRedis } from '../../support/testRedis.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

const pages = new PusherPages()
let database: TestDatabase
let nodes: ClusterNodes | undefined
let backend: PusherBackend

beforeAll(async () => {
  database = await TestDatabase.start()
  backend = await PusherBackend.start()
})
afterEach(async () => {
  pages.close()
  await nodes?.stop()
  nodes = undefined
})
afterAll(async () => {
  await backend?.stop()
  await database?.stop()
})

async function trigger(url: string, data: string): Promise<number> {
  const body = JSON.stringify({ name: 'large', data, channel: 'private-room' })
  return (await pusherRequest(url, { body })).status
}

async function start(config: ConfigInput = {}): Promise<string> {
  nodes = await ClusterNodes.start(database, config)
  return nodes.urlOf(0)
}

describe('a client that is not served', () => {
  it.each([
    ['another key', '/app/nobody?protocol=7', 4001],
    ['a key that is no text', '/app/%00?protocol=7', 4001],
    ['no key', '/app/?protocol=7', 4005],
    ['no key at all', '/app?protocol=7', 4005],
    ['a longer path', '/app/dev-key/more?protocol=7', 4005],
    ['a version that is none', '/app/dev-key?protocol=seven', 4006],
    ['a version of the client that is none', '/app/dev-key?protocol=7&version=%00', 4006],
    ['an old version', '/app/dev-key?protocol=3', 4007],
    ['a version to come', '/app/dev-key?protocol=8', 4007],
    ['no version', '/app/dev-key', 4008],
  ])('is told so after the handshake: %s', async (_, path, code) => {
    const url = await start()
    const client = await RawPusherClient.open(url, path)
    expect(await client.closeCode()).toBe(code)
    expect(client.data('pusher:error')).toMatchObject([{ code }])
    expect(client.heard('pusher:connection_established')).toEqual([])
  })

  it('is told that the app is disabled', async () => {
    const url = await start({ app: { enabled: false } })
    const client = await RawPusherClient.open(url)
    expect(await client.closeCode()).toBe(4003)
  })

  it.each(pusherVersions)('gives up where pusher-js %s does', async (version) => {
    const url = await start()
    const page = pages.begin(url, { version, key: 'nobody' })
    await page.until(() => page.states.includes('disconnected'), 'giving up')
    expect(page.errors[0].error.data.code).toBe(4001)
  })
})

describe('a server that is full', () => {
  it('asks for patience', async () => {
    const url = await start({ connections: { max: 1 } })
    const first = await RawPusherClient.connect(url)
    const second = await RawPusherClient.open(url)
    expect(await second.closeCode()).toBe(4100)
    first.terminate()
    await first.closeCode()
    const page = await pages.open(url)
    expect(page.pusher.connection.state).toBe('connected')
  })

  it('counts the connections of all protocols, and says so', async () => {
    const url = await start({ connections: { max: 2 } })
    const [native, pusher] = [await RawClient.connect(url), await RawPusherClient.connect(url)]
    const { counts } = await (await fetch(`${url}/health`)).json()
    expect(counts).toMatchObject({ connections: 2, webSockets: 2 })
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('nowcast_connections{transport="websocket"} 2')
    const third = await RawPusherClient.open(url)
    expect(await third.closeCode()).toBe(4100)
    await expect(RawClient.connect(url)).rejects.toThrow()
    for (const client of [native, pusher]) client.terminate()
  })

  it('takes so many connections of an address, whatever they speak and of whichever app', async () => {
    const url = await start({
      limits: { ...UNLIMITED, connectionsPerAddress: 2 },
      apps: [{ id: 'other', key: 'other-key', secret: 'other-secret' }],
    })
    const native = await RawClient.connect(url)
    const pusher = await RawPusherClient.connect(url)
    for (const path of [PUSHER_PATH, PUSHER_PATH.replace('dev-key', 'other-key')]) {
      const third = await RawPusherClient.open(url, path)
      expect(await third.closeCode()).toBe(4004)
    }
    for (const client of [native, pusher]) client.terminate()
  })

  it('takes so many connections of an address', async () => {
    const url = await start({ limits: { ...UNLIMITED, connectionsPerAddress: 2 } })
    const clients = [await RawPusherClient.connect(url), await RawPusherClient.connect(url)]
    const third = await RawPusherClient.open(url)
    expect(await third.closeCode()).toBe(4004)
    for (const client of clients) client.terminate()
  })

  it('takes so many new connections', async () => {
    const url = await start({ limits: { ...UNLIMITED, connects: '2/1min' } })
    for (let index = 0; index < 2; index += 1) await RawPusherClient.connect(url)
    const third = await RawPusherClient.open(url)
    expect(await third.closeCode()).toBe(4100)
  })

  it('lets a connection subscribe to so many channels', async () => {
    const url = await start({ connections: { maxSubscriptions: 2 } })
    const client = await RawPusherClient.connect(url)
    for (const name of ['one', 'two']) await client.subscribe(name)
    await client.subscribe('three')
    expect(client.data('pusher:subscription_error')).toMatchObject([{ type: 'LimitReached' }])
    client.say('pusher:unsubscribe', { channel: 'one' })
    expect((await client.subscribe('three')).event).toBe('pusher_internal:subscription_succeeded')
    client.terminate()
  })
})

describe('signs of life', () => {
  const quick: ConfigInput = { pusher: { activityTimeout: 1_000, pongTimeout: 500 } }

  it('says how long a client may be silent', async () => {
    const url = await start({ pusher: { activityTimeout: '45s' } })
    const client = await RawPusherClient.connect(url)
    expect(client.data('pusher:connection_established')).toEqual([
      { socket_id: client.socketId, activity_timeout: 45 },
    ])
    client.terminate()
  })

  it('are answered, in the protocol and below it', async () => {
    const url = await start()
    const client = await RawPusherClient.connect(url)
    client.say('pusher:ping', {})
    await client.untilHeard('pusher:pong')
    client.socket.ping()
    await client.until(() => client.pongs === 1, 'the pong')
    client.terminate()
  })

  it('are asked of who is silent, and who gives none is closed', async () => {
    const url = await start(quick)
    const client = await RawPusherClient.connect(url)
    await client.untilHeard('pusher:ping')
    expect(await client.closeCode()).toBe(4201)
    expect(client.heard('pusher:ping')).toHaveLength(1)
  })

  it('keep who answers', async () => {
    const url = await start(quick)
    const client = await RawPusherClient.connect(url)
    client.socket.on('message', () => {
      const asked = client.heard('pusher:ping').length
      if (asked > client.heard('pusher:pong').length + answered) {
        answered += 1
        client.say('pusher:pong', {})
      }
    })
    let answered = 0
    await client.untilHeard('pusher:ping', undefined, 2)
    expect(client.closed).toBeUndefined()
    client.terminate()
  })

  it.each(pusherVersions)('are given by pusher-js %s', async (version) => {
    const url = await start(quick)
    const page = await pages.open(url, { version })
    const { socketId } = page
    await page.untilHeard('pusher:pong', undefined, 2)
    expect([page.socketId, page.states]).toEqual([socketId, ['connected']])
  })

  it('come from below the protocol where the client knows no others', async () => {
    const url = await start(quick)
    const old = await RawPusherClient.connect(url, '/app/dev-key?protocol=4')
    let pings = 0
    old.socket.on('ping', () => {
      pings += 1
    })
    await old.until(() => pings === 2, 'two pings')
    expect([old.heard('pusher:ping'), old.closed]).toEqual([[], undefined])
    old.terminate()
    const deaf = await RawPusherClient.connect(url, '/app/dev-key?protocol=4', { autoPong: false })
    expect(await deaf.closeCode()).toBe(4202)
  })
})

describe('a server that goes away', () => {
  it.each(pusherVersions)('sends pusher-js %s elsewhere, which comes back', async (version) => {
    nodes = await ClusterNodes.start(database, {})
    const leaving = await ClusterNodes.start(database, { drainTimeout: 2_000 })
    const ports = [nodes, leaving].map((each) => Number(new URL(each.urlOf(0)).port))
    // The first connection goes to the second node.
    const balancer = await Balancer.start(ports)
    const page = await pages.open(balancer.url, { version })
    const raw = await RawPusherClient.connect(leaving.urlOf(0))
    await page.subscribe('news')
    await leaving.stop()
    expect(await raw.closeCode()).toBe(4200)
    const succeeded = 'pusher_internal:subscription_succeeded'
    await page.until(() => page.heard(succeeded, 'news').length === 2, 'its return')
    await nodes.nodes[0]?.publish('news', 'headline', 1)
    await page.untilHeard('headline', 'news')
    await balancer.stop()
  })
})

it('keeps what it has for a reader who does not take it within bounds', async () => {
  const url = await start({
    connections: { maxOutboxBytes: 200_000 },
    channels: { firehose: { history: { size: 10 } } },
  })
  const reader = await RawPusherClient.connect(url)
  await reader.subscribe('firehose')
  reader.socket.pause()
  const other = await RawPusherClient.connect(url)
  await other.subscribe('firehose')
  const data = 'x'.repeat(30_000)
  for (let index = 1; index <= 600; index += 1) {
    await nodes?.nodes[0]?.publish('firehose', 'drop', data)
    await other.untilHeard('drop', 'firehose', index)
  }
  reader.socket.resume()
  await reader.closeCode()
  expect(reader.heard('drop').length).toBeLessThan(600)
  other.terminate()
})

it('answers what is no WebSocket at all without harm', async () => {
  const url = await start()
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(`GET ${PUSHER_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 4\d\d /)
  socket.destroy()
  const page = await pages.open(url, { backend })
  expect(page.pusher.connection.state).toBe('connected')
})

describe('the settings of an app', () => {
  it('may have several keys, each of which connects and signs', async () => {
    const url = await start({ app: { keys: [{ key: 'next-key', secret: 'next-secret' }] } })
    const client = await RawPusherClient.connect(url, '/app/next-key?protocol=7')
    const answers = []
    for (const [key, secret] of [
      ['dev-key', 'dev-secret'],
      ['next-key', 'next-secret'],
      ['next-key', 'dev-secret'],
    ]) {
      const channel = `private-${key}-${secret}`
      const auth = pusherAuth(`${client.socketId}:${channel}`, secret, key)
      client.say('pusher:subscribe', { channel, auth })
      await client.until(() => client.answers(channel).length === 1, 'the answer')
      answers.push(client.answers(channel)[0]?.event)
    }
    const succeeded = 'pusher_internal:subscription_succeeded'
    expect(answers).toEqual([succeeded, succeeded, 'pusher:subscription_error'])
    client.terminate()
  })

  it('may take no events of clients', async () => {
    const url = await start({ pusher: { clientEvents: false } })
    const client = await RawPusherClient.connect(url)
    await client.subscribe('private-a')
    client.say('client-x', 1, 'private-a')
    await client.untilHeard('pusher:error', 'private-a')
    expect(client.data('pusher:error')).toMatchObject([{ code: 4301 }])
    client.terminate()
  })

  it('may limit members, users and watchlists', async () => {
    const url = await start({ pusher: { maxMemberBytes: 20, maxUserIdLength: 5, maxWatchlist: 1 } })
    const client = await RawPusherClient.connect(url)
    const members = [{ user_id: 'ada123' }, { user_id: 'ada', user_info: { name: 'x'.repeat(20) } }]
    for (const member of members) {
      expect((await client.subscribe('presence-a', member)).event).toBe('pusher:subscription_error')
    }
    const fits = { user_id: 'ada12', user_info: { name: 'Ada' } }
    expect((await client.subscribe('presence-a', fits)).event).toBe('pusher_internal:subscription_succeeded')
    client.terminate()
    const users = [
      { id: 'ada123' },
      { id: 'ada', user_info: { name: 'x'.repeat(20) } },
      { id: 'ada', watchlist: ['a', 'b'] },
    ]
    for (const user of users) {
      const other = await RawPusherClient.connect(url)
      const userData = JSON.stringify(user)
      const auth = pusherAuth(`${other.socketId}::user::${userData}`)
      other.say('pusher:signin', { auth, user_data: userData })
      expect(await other.closeCode()).toBe(4009)
    }
  })

  it('let no more members in than are listed, each of whom finds itself and hears of the others', async () => {
    const url = await start({ presence: { maxListed: 3, batchWindow: 10, countInterval: 50 } })
    const clients: RawPusherClient[] = []
    const answers = []
    for (const user of ['a', 'b', 'c', 'd', 'e']) {
      const client = await RawPusherClient.connect(url)
      clients.push(client)
      answers.push((await client.subscribe('presence-room', { user_id: user })).event.split('_').at(-1))
    }
    expect(answers).toEqual(['succeeded', 'succeeded', 'succeeded', 'error', 'error'])
    const [first, , third] = clients
    await first?.untilHeard('pusher_internal:member_added', 'presence-room', 2)
    const [{ presence }] = third?.data('pusher_internal:subscription_succeeded') ?? []
    expect(presence.ids).toEqual(['a', 'b', 'c'])
    expect(first?.answers('presence-room')).toHaveLength(1)
    for (const client of clients) client.terminate()
  })

  it('may allow larger events than other protocols take', async () => {
    const url = await start({ pusher: { maxEventBytes: 50_000 }, connections: { maxFrameBytes: 100_000 } })
    const [from, to] = [await RawPusherClient.connect(url), await RawPusherClient.connect(url)]
    for (const client of [from, to]) await client.subscribe('private-room')
    const data = 'x'.repeat(49_000)
    from.say('client-large', data, 'private-room')
    await to.untilHeard('client-large')
    expect(to.heard('client-large')[0]?.data).toBe(data)
    expect(await trigger(url, data)).toBe(200)
    await to.untilHeard('large')
    for (const client of [from, to]) client.terminate()
  })

  it('may limit events of all protocols, and lengths', async () => {
    const url = await start({
      limits: { ...UNLIMITED, events: '2/60s' },
      pusher: { maxChannelLength: 20, maxEventNameLength: 10, maxEventBytes: 5 },
    })
    const [client, other] = [await RawPusherClient.connect(url), await RawPusherClient.connect(url)]
    for (const each of [client, other]) await each.subscribe('private-a')
    expect((await client.subscribe(`private-${'a'.repeat(13)}`)).event).toBe('pusher:subscription_error')
    client.say('client-long', 1, 'private-a')
    client.say('client-x', '123456', 'private-a')
    for (let index = 1; index <= 4; index += 1) client.say('client-x', index, 'private-a')
    await client.untilHeard('pusher:error', 'private-a', 4)
    await other.untilHeard('client-x', 'private-a', 2)
    await other.settled()
    expect(other.data('client-x')).toEqual([1, 2])
    for (const each of [client, other]) each.terminate()
  })
})

it('subscribes as soon as Redis is back, and sends a page away that waited in vain', async () => {
  const redis = await TestRedis.start()
  const url = await start({ redis: { url: redis.url } })
  const [client, hopeless] = [await RawPusherClient.connect(url), await RawPusherClient.connect(url)]
  await redis.kill()
  client.say('pusher:subscribe', { channel: 'news' })
  await client.settled()
  await redis.start()
  await client.untilHeard('pusher_internal:subscription_succeeded', 'news')
  expect(client.heard('pusher:subscription_error')).toEqual([])
  await nodes?.nodes[0]?.publish('news', 'headline', 1)
  await client.untilHeard('headline', 'news')
  await redis.kill()
  hopeless.say('pusher:subscribe', { channel: 'other' })
  await eventually(() => hopeless.closed !== undefined, 'the close', 40_000)
  expect(hopeless.closed?.code).toBe(4100)
  await redis.start()
  client.terminate()
  await nodes?.stop()
  nodes = undefined
  await redis.dispose()
})
