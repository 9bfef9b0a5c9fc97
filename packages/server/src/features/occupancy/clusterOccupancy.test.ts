// Which channels have subscribers and members over all nodes, and what is told when that changes.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../../tests/support/testRedis.ts'
import { MemoryEngine } from '../../engine/memory/memoryEngine.ts'
import { systemClock } from '../../foundation/clock.ts'
import { nodeFor } from '../../foundation/rendezvous.ts'
import { type OccupancyNode, startOccupancyNode } from '../../testing/occupancyNode.ts'
import { RedisNodes } from '../../testing/redisNodes.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import type { AppOccupancy } from './clusterOccupancy.ts'

describe('one node alone', () => {
  async function alone(settings: Partial<AppOccupancy> = {}) {
    const clock = new SimulatedClock()
    const engine = new MemoryEngine(clock, randomUUID)
    const told: string[] = []
    const node = await startOccupancyNode({
      name: 'a',
      engine,
      clock,
      living: new Set(),
      told,
      settings: { lingerMs: 3_000, ...settings },
    })
    await clock.advance(10)
    return { clock, engine, node, told }
  }

  it('tells of channels once, and of nobody who comes back in time', async () => {
    const { clock, node, told } = await alone()
    const [first, second] = [await node.join('room'), await node.join('room')]
    first.leave()
    second.leave()
    await clock.advance(2_900)
    const third = await node.join('room')
    await clock.advance(5_000)
    expect(told).toEqual(['occupied room'])
    third.leave()
    await clock.advance(2_999)
    expect(told).toHaveLength(1)
    await clock.advance(10)
    expect(told).toEqual(['occupied room', 'vacated room'])
    await node.join('room')
    await clock.advance(10)
    expect(told).toEqual(['occupied room', 'vacated room', 'occupied room'])
    await node.stop()
  })

  it('tells of members of presence channels by user', async () => {
    const { clock, node, told } = await alone()
    const ada = await node.join('presence-room', 'ada')
    const both = await node.join('presence-room', 'ada')
    await node.join('room', 'eve')
    await clock.advance(10)
    expect(told).toEqual(['occupied presence-room', 'added presence-room ada', 'occupied room'])
    told.length = 0
    const bob = await node.join('presence-room', 'bob')
    ada.leave()
    await clock.advance(5_000)
    expect(told).toEqual(['added presence-room bob'])
    both.leave()
    await clock.advance(2_000)
    const again = await node.join('presence-room', 'ada')
    await clock.advance(5_000)
    expect(told).toEqual(['added presence-room bob'])
    again.leave()
    await clock.advance(5_000)
    expect(told.slice(1)).toEqual(['removed presence-room ada'])
    bob.leave()
    await clock.advance(5_000)
    expect(told.slice(2).sort()).toEqual(['removed presence-room bob', 'vacated presence-room'])
    await node.stop()
  })

  it('knows nothing of the own channels of the server', async () => {
    const { clock, node, told } = await alone({ counts: true })
    await node.join('~secret')
    await clock.advance(500)
    expect(told).toEqual([])
    expect(await node.occupancy.channels('1', '')).toEqual([])
    expect(await node.occupancy.subscriptionCounts('1', ['~secret'])).toEqual(new Map([['~secret', 0]]))
    await node.stop()
  })

  it('tells subscribers how many there are, those of one moment together', async () => {
    const { clock, node, told } = await alone({ counts: true })
    const first = await node.join('room')
    await node.occupancy.watchCount(first.connection, first.key)
    await clock.advance(1_000)
    expect(first.counts()).toEqual([1])
    const others = []
    for (let index = 0; index < 50; index += 1) others.push(await node.join('room'))
    const [last] = others
    await node.occupancy.watchCount(last?.connection ?? first.connection, first.key)
    await clock.advance(1_000)
    expect(first.counts()).toEqual([1, 51])
    expect(last?.counts()[0]).toBe(51)
    for (const other of others) other.leave()
    await clock.advance(1_000)
    expect(first.counts()).toEqual([1, 51, 1])
    first.leave()
    await clock.advance(5_000)
    expect(told.filter((news) => news.startsWith('counted'))).toEqual([
      'counted room 1',
      'counted room 51',
      'counted room 1',
      'counted room 0',
    ])
    await expect(node.occupancy.watchCount(first.connection, first.key)).rejects.toMatchObject({
      code: 'not_subscribed',
    })
    await node.stop()
  })

  it('writes nothing for an app that wants nothing of it', async () => {
    const { clock, engine, node, told } = await alone({ isTold: false })
    const enter = vi.spyOn(engine.presence, 'enter')
    const observe = vi.spyOn(engine.presence, 'observe')
    const room = await node.join('presence-room')
    await clock.advance(5_000)
    room.leave()
    await clock.advance(5_000)
    expect([enter.mock.calls, observe.mock.calls, told]).toEqual([[], [], []])
    await node.stop()
  })
})

describe('several nodes', () => {
  let redis: TestRedis
  let stopping: (() => Promise<void>)[] = []
  beforeAll(async () => {
    redis = await TestRedis.start()
  })
  afterAll(() => redis?.dispose())
  afterEach(async () => {
    for (const stop of stopping.splice(0)) await stop()
    stopping = []
  })

  async function cluster(count: number, settings: Partial<AppOccupancy> = {}) {
    const redisNodes = new RedisNodes(redis.url, { presenceLeaseMs: 1_500 })
    const shared = { clock: systemClock, living: new Set<string>(), told: [] as string[], settings }
    const nodes: OccupancyNode[] = []
    const add = async () => {
      const name = `node-${nodes.length + 1}`
      const node = await startOccupancyNode({ ...shared, name, engine: redisNodes.add() })
      nodes.push(node)
      stopping.push(() => node.stop())
      return node
    }
    for (let index = 0; index < count; index += 1) await add()
    const node = (index: number) => {
      const found = nodes[index]
      if (found === undefined) throw new Error('unreachable')
      return found
    }
    return { ...shared, node, add }
  }

  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 8_000, interval: 10 })
  /** Channels that a node tells of. */
  const roomsOf = (living: Iterable<string>, name: string, prefix = 'room') =>
    Array.from({ length: 200 }, (_, index) => `${prefix}-${index}`)
      .filter((room) => nodeFor([...living], `1:${room}`) === name)
      .slice(0, 3)

  it('are asked together', async () => {
    const { node, living } = await cluster(2)
    await node(0).join('room')
    await node(0).join('room')
    await node(1).join('room')
    await node(1).join('presence-room', 'bob')
    await node(0).join('presence-room', 'ada')
    await node(1).join('presence-room', 'ada')
    for (const { occupancy } of [node(0), node(1)]) {
      expect(await occupancy.channels('1', '')).toEqual(['presence-room', 'room'])
      expect(await occupancy.channels('1', 'presence-')).toEqual(['presence-room'])
      expect(await occupancy.channels('2', '')).toEqual([])
      expect(await occupancy.subscriptionCounts('1', ['room', 'none'])).toEqual(
        new Map([
          ['room', 3],
          ['none', 0],
        ]),
      )
      expect(await occupancy.users('1', 'presence-room')).toEqual(['ada', 'bob'])
    }
    living.add('gone')
    const whileLeaving = node(0).occupancy.channels('1', '')
    living.delete('gone')
    expect(await whileLeaving).toEqual(['presence-room', 'room'])
    living.add('gone')
    await expect(node(0).occupancy.channels('1', '')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('tell each thing once, by whichever node it happens', async () => {
    const { node, told } = await cluster(3)
    const rooms = Array.from({ length: 12 }, (_, index) => `presence-${index}`)
    const joined = []
    for (const [index, room] of rooms.entries()) {
      joined.push(await node(index % 3).join(room, 'ada'), await node((index + 1) % 3).join(room, 'ada'))
      joined.push(await node((index + 2) % 3).join(room, 'bob'))
    }
    const all = (...kinds: string[]) => rooms.flatMap((room) => kinds.map((kind) => kind.replace('*', room)))
    const came = all('occupied *', 'added * ada', 'added * bob')
    await until(() => expect([...told].sort()).toEqual(came.sort()))
    told.length = 0
    for (const client of joined) client.leave()
    const went = all('vacated *', 'removed * ada', 'removed * bob')
    await until(() => expect([...told].sort()).toEqual(went.sort()))
  })

  it('go on when one is killed: what was its is told by another, and nothing that has not changed', async () => {
    const { node, told, living } = await cluster(2)
    const rooms = roomsOf(living, 'node-2', 'presence')
    for (const room of rooms) {
      await node(1).join(room, 'bob')
      await node(0).join(room, 'ada')
    }
    const lonely = roomsOf(living, 'node-2', 'lonely')
    for (const room of lonely) await node(1).join(room)
    await until(() => expect(told).toHaveLength(rooms.length * 3 + lonely.length))
    told.length = 0
    await node(1).kill()
    // The others learn of its death later than of its members' end.
    await until(async () => expect(await node(0).occupancy.users('1', rooms[0] ?? '')).toEqual(['ada']))
    living.delete('node-2')
    const expected = [
      ...lonely.map((room) => `vacated ${room}`),
      ...rooms.map((room) => `removed ${room} bob`),
    ]
    await until(() => expect([...told].sort()).toEqual(expected.sort()))
  })

  it('tell nothing when a node comes and when one stops whose clients go on elsewhere', async () => {
    const { node, told, add } = await cluster(1)
    const rooms = Array.from({ length: 10 }, (_, index) => `presence-${index}`)
    for (const room of rooms) await node(0).join(room, 'ada')
    await until(() => expect(told).toHaveLength(20))
    const newcomer = await add()
    for (const room of rooms) await newcomer.join(room, 'ada')
    await node(0).stop()
    await newcomer.join('last')
    await until(() => expect(told.slice(20)).toEqual(['occupied last']))
  })

  it('sum up how many subscribe', async () => {
    const { node, told } = await cluster(2, { counts: true })
    const first = await node(0).join('room')
    await node(0).occupancy.watchCount(first.connection, first.key)
    const others = [await node(1).join('room'), await node(1).join('room')]
    await until(() => expect(first.counts().at(-1)).toBe(3))
    const late = await node(1).join('room')
    await node(1).occupancy.watchCount(late.connection, late.key)
    await until(() => expect(late.counts()[0]).toBe(4))
    await until(() => expect(first.counts().at(-1)).toBe(4))
    for (const other of others) other.leave()
    await until(() => expect([first, late].map((client) => client.counts().at(-1))).toEqual([2, 2]))
    await until(() => expect(told.at(-1)).toBe('counted room 2'))
  })
})
