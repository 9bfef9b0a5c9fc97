// Webhooks about channels, from what is heard of them to requests at a real receiver: one node alone, and two over Redis.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PusherReceiver, status } from '../../../../../tests/support/pusherReceiver.ts'
import { eventually } from '../../../../../tests/support/testDatabase.ts'
import { TestRedis } from '../../../../../tests/support/testRedis.ts'
import type { Engine } from '../../engine/engine.ts'
import { MemoryEngine, memoryEngineDefaults } from '../../engine/memory/memoryEngine.ts'
import type { Queues } from '../../engine/queues.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { systemClock } from '../../foundation/clock.ts'
import { createLogger } from '../../foundation/log.ts'
import { RedisNodes } from '../../testing/redisNodes.ts'
import { type AppWebhookSettings, WebhooksByApp } from './webhooksByApp.ts'

const KEY = { key: 'app-key', secret: 'the secret of the app' }
const numbered = (count: number, what = 'room') =>
  Array.from({ length: count }, (_, index) => `${what}-${index}`)
const room = (name: string) => channelKey('1', name)

let redis: TestRedis
let receiver: PusherReceiver
let settings: Map<string, AppWebhookSettings>
let living: string[]
const nodes: WebhooksByApp[] = []
const engines: Engine[] = []
const receivers: PusherReceiver[] = []

beforeAll(async () => {
  redis = await TestRedis.start()
})
afterAll(() => redis?.dispose())
beforeEach(async () => {
  receiver = await listen()
  settings = new Map([['1', hooks({ url: receiver.url })]])
  living = []
})
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await Promise.all(engines.splice(0).map((engine) => engine.stop()))
  await Promise.all(receivers.splice(0).map((each) => each.stop()))
})

async function listen(secret = KEY.secret): Promise<PusherReceiver> {
  const started = await PusherReceiver.start(KEY.key, secret)
  receivers.push(started)
  return started
}

function hooks(...wanted: AppWebhookSettings['hooks']): AppWebhookSettings {
  return { hooks: wanted, key: KEY, timeoutMs: 2_000, retryForMs: 300_000 }
}

async function startNode(engine: Engine, queues: Queues = engine.queues): Promise<WebhooksByApp> {
  if (!engines.includes(engine)) {
    engines.push(engine)
    await engine.start({ publication: () => {}, moved: () => {} })
  }
  const name = `node-${nodes.length}`
  living.push(name)
  const node = new WebhooksByApp({
    node: name,
    nodes: () => living,
    isAlive: (other) => living.includes(other),
    apps: () => settings.keys(),
    settingsOf: (app) => settings.get(app),
    queues,
    limits: engine.limits,
    clock: systemClock,
    log: createLogger('silent'),
    random: Math.random,
  })
  nodes.push(node)
  node.start()
  return node
}

/** One node over the memory engine, or two over Redis; the second of one is the same. */
async function start(engine: string): Promise<readonly [WebhooksByApp, WebhooksByApp]> {
  if (engine === 'memory') {
    const node = await startNode(new MemoryEngine(systemClock, randomUUID, memoryEngineDefaults))
    return [node, node]
  }
  const cluster = new RedisNodes(redis.url)
  return [await startNode(cluster.add()), await startNode(cluster.add())]
}

function totals() {
  const sum = { sent: 0, failed: 0, dropped: 0, waiting: 0 }
  for (const { counts } of nodes) {
    sum.sent += counts.sent
    sum.failed += counts.failed
    sum.dropped += counts.dropped
    sum.waiting += counts.waiting
  }
  return sum
}

const hears = (count: number, by = receiver) =>
  eventually(() => by.events.length >= count, `${count} events`, 20_000)

describe.each(['memory', 'redis'])('over the %s engine', (engine) => {
  it("every kind of event has the shape that Pusher's have, and the library takes it for true", async () => {
    const [node] = await start(engine)
    const before = Date.now()
    const key = room('presence-room')
    node.occupied(key)
    node.memberAdded(key, 'ada')
    const sent = { event: 'client-typing', data: '{"at":1}', connection: '1.2' }
    node.clientEvent({ key, ...sent, user: 'ada' })
    node.clientEvent({ key: room('private-room'), ...sent })
    node.counted(room('room'), 3)
    node.counted(key, 1)
    node.cacheMissed(room('cache-room'))
    node.memberRemoved(key, 'ada')
    node.vacated(key)
    await hears(8)
    expect(receiver.of('presence-room')).toEqual([
      { name: 'channel_occupied', channel: 'presence-room' },
      { name: 'member_added', channel: 'presence-room', user_id: 'ada' },
      {
        name: 'client_event',
        channel: 'presence-room',
        event: 'client-typing',
        data: '{"at":1}',
        socket_id: '1.2',
        user_id: 'ada',
      },
      { name: 'member_removed', channel: 'presence-room', user_id: 'ada' },
      { name: 'channel_vacated', channel: 'presence-room' },
    ])
    expect(receiver.of('private-room')).toEqual([
      {
        name: 'client_event',
        channel: 'private-room',
        event: 'client-typing',
        data: '{"at":1}',
        socket_id: '1.2',
      },
    ])
    expect(receiver.of('room')).toEqual([
      { name: 'subscription_count', channel: 'room', subscription_count: 3 },
    ])
    expect(receiver.of('cache-room')).toEqual([{ name: 'cache_miss', channel: 'cache-room' }])
    expect(receiver.forged).toEqual([])
    for (const { time, at } of receiver.heard) {
      expect(time).toBeGreaterThanOrEqual(before)
      expect(time).toBeLessThanOrEqual(at)
    }
  })

  it('a channel that was missed in the cache by many is told once, whichever node they ask', async () => {
    const both = await start(engine)
    for (const name of numbered(3, 'cache')) {
      for (const node of both) for (let time = 0; time < 5; time += 1) node.cacheMissed(room(name))
    }
    for (const node of both) node.occupied(room('cache-0'))
    await hears(5)
    expect(
      receiver.events
        .filter(({ name }) => name === 'cache_miss')
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(numbered(3, 'cache'))
  })

  it('an address that is no longer told is not tried again, though nothing new happens', async () => {
    const [node] = await start(engine)
    receiver.usual = status(500)
    node.occupied(room('room'))
    await eventually(() => receiver.heard.length > 0, 'the first request')
    settings.set('1', hooks({ url: (await listen()).url }))
    await eventually(() => totals().waiting === 0, 'nothing to wait')
  })

  it('channels of single users are told of to nobody', async () => {
    const [node] = await start(engine)
    node.occupied(room('user-ada'))
    node.occupied(room('room'))
    await hears(1)
    expect(receiver.events.map(({ channel }) => channel)).toEqual(['room'])
  })

  it('many events travel together, at most 50, and those of a channel in order, one request at a time', async () => {
    const both = await start(engine)
    const rooms = numbered(40)
    for (let round = 0; round < 60; round += 1) {
      for (const [index, name] of rooms.entries()) both[index % 2]?.counted(room(name), round)
    }
    await hears(2_400)
    for (const name of rooms) {
      expect(receiver.of(name).map(({ subscription_count }) => subscription_count)).toEqual(
        Array.from({ length: 60 }, (_, round) => round),
      )
    }
    const sizes = receiver.heard.map(({ events }) => events.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50)
    expect(sizes.length).toBeLessThan(400)
    expect(receiver.mostAtOnce).toBe(1)
    await eventually(() => totals().waiting === 0, 'nothing to wait')
    expect(totals()).toEqual({ sent: 2_400, failed: 0, dropped: 0, waiting: 0 })
  })

  it('is repeated as it was after every other answer, and while nobody is there; nothing overtakes it', async () => {
    const both = await start(engine)
    receiver.answers.push(status(500), status(404), status(302, { location: receiver.url }))
    receiver.answers.push((response) => response.destroy())
    both[1].counted(room('room'), 1)
    await eventually(() => receiver.heard.length >= 2, 'a repetition')
    both[1].counted(room('room'), 2)
    await eventually(() => receiver.heard.length >= 4, 'further repetitions', 20_000)
    await receiver.stop()
    both[1].counted(room('room'), 3)
    await receiver.start()
    await hears(3)
    expect(receiver.events.map(({ subscription_count }) => subscription_count)).toEqual([1, 2, 3])
    const [first] = receiver.heard
    expect(receiver.heard.slice(0, 5).map(({ body }) => body)).toEqual(Array(5).fill(first?.body))
    expect(totals()).toMatchObject({ dropped: 0 })
    expect(totals().failed).toBeGreaterThanOrEqual(4)
  }, 40_000)

  it('gives up after the configured time, and goes on with what comes after it', async () => {
    settings.set('1', { ...hooks({ url: receiver.url }), timeoutMs: 200, retryForMs: 1 })
    const [node] = await start(engine)
    receiver.answers.push(() => {})
    node.counted(room('room'), 1)
    await hears(1)
    node.counted(room('room'), 2)
    await hears(2)
    expect(receiver.heard).toHaveLength(2)
    await eventually(() => totals().sent === 1, 'the counts')
    expect(totals()).toEqual({ sent: 1, failed: 1, dropped: 1, waiting: expect.any(Number) })
  })

  it('each address is told what it wants, and none waits for another one', async () => {
    const [failing, picky] = await Promise.all([listen(), listen()])
    failing.usual = status(503)
    settings.set(
      '1',
      hooks(
        { url: failing.url },
        { url: receiver.url },
        { url: picky.url, events: ['member_added'] },
        {
          url: picky.url,
          events: ['cache_miss'],
        },
      ),
    )
    const [, node] = await start(engine)
    for (const name of numbered(20)) {
      node.occupied(room(name))
      node.memberAdded(room(name), 'ada')
    }
    node.cacheMissed(room('cache'))
    await hears(41)
    await hears(21, picky)
    expect(new Set(picky.events.map(({ name }) => name))).toEqual(new Set(['member_added', 'cache_miss']))
    await eventually(() => failing.heard.length > 0, 'an attempt at the one that fails')
    expect(failing.taken).toEqual([])
    failing.usual = status(200)
    await eventually(() => failing.taken.length >= 41, 'the one that failed to hear all', 20_000)
    expect(failing.taken).toHaveLength(41)
    expect(receiver.events).toHaveLength(41)
    expect(picky.events).toHaveLength(21)
  }, 30_000)

  it('what is new in the settings holds at once: the pair that signs, addresses, apps', async () => {
    const [node] = await start(engine)
    const other = await listen('another secret')
    node.occupied(room('a'))
    await hears(1)
    settings.set('1', { ...hooks({ url: other.url }), key: { ...KEY, secret: 'another secret' } })
    node.occupied(room('b'))
    node.occupied(channelKey('2', 'c'))
    await hears(1, other)
    settings.set('2', { ...hooks({ url: other.url }), key: { ...KEY, secret: 'another secret' } })
    settings.delete('1')
    node.occupied(room('d'))
    node.occupied(channelKey('2', 'e'))
    await hears(2, other)
    expect(other.events.map(({ channel }) => channel)).toEqual(['b', 'e'])
    expect(receiver.events.map(({ channel }) => channel)).toEqual(['a'])
    expect([...receiver.forged, ...other.forged]).toEqual([])
    await eventually(() => totals().sent === 3, 'the counts to hold what was told before')
  })
})

describe('two nodes', () => {
  it('share the lanes', async () => {
    const both = await start('redis')
    for (const name of numbered(100)) both[0].occupied(room(name))
    await hears(100)
    await eventually(() => totals().sent === 100, 'the counts')
    expect(both.every(({ counts }) => counts.sent > 0)).toBe(true)
  })

  it('go on with all that one that died had queued or begun, in order', async () => {
    const cluster = new RedisNodes(redis.url)
    const engine = cluster.add()
    // Nothing that it does any more reaches Redis.
    let isDead = false
    let queued = 0
    const whileAlive = <T>(work: () => Promise<T>) => (isDead ? new Promise<never>(() => {}) : work())
    const dying = await startNode(engine, {
      push: (...given) =>
        whileAlive(async () => {
          const dropped = await engine.queues.push(...given)
          if (given[0].startsWith('webhooks:waiting:')) queued += 1
          return dropped
        }),
      take: (...given) => whileAlive(() => engine.queues.take(...given)),
      peek: (...given) => whileAlive(() => engine.queues.peek(...given)),
      drop: (...given) => whileAlive(() => engine.queues.drop(...given)),
      size: (...given) => whileAlive(() => engine.queues.size(...given)),
    })
    receiver.usual = status(500)
    const rooms = numbered(20)
    for (let round = 0; round < 10; round += 1) {
      for (const name of rooms) dying.counted(room(name), round)
    }
    const isUnderWay = () => receiver.heard.length >= 8 && queued === 200
    await eventually(isUnderWay, 'all to be queued and much to have begun', 20_000)
    isDead = true
    nodes.shift()
    await startNode(cluster.add())
    living.splice(0, 1)
    receiver.usual = status(200)
    await eventually(() => receiver.taken.length >= 200, 'all events', 20_000)
    for (const name of rooms) {
      const taken = receiver.taken.filter(({ channel }) => channel === name)
      expect(taken.map(({ subscription_count }) => subscription_count)).toEqual(
        Array.from({ length: 10 }, (_, round) => round),
      )
    }
  }, 30_000)

  it('a node that starts where nobody was left goes on with what waits', async () => {
    const cluster = new RedisNodes(redis.url)
    const first = await startNode(cluster.add())
    receiver.usual = status(500)
    first.counted(room('room'), 1)
    await eventually(() => receiver.heard.length > 0, 'an attempt')
    living.length = 0
    nodes.length = 0
    await first.stop()
    receiver.usual = status(200)
    receiver.heard.length = 0
    await startNode(cluster.add())
    await hears(1)
    expect(receiver.events).toEqual([{ name: 'subscription_count', channel: 'room', subscription_count: 1 }])
  })
})
