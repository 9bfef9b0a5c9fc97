// Several nodes on one Redis: one order everywhere, and nothing lost in silence while Redis fails.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Relay } from '../../../../../tests/support/relay.ts'
import { TestRedis } from '../../../../../tests/support/testRedis.ts'
import type { ChannelNature } from '../../core/channelFeed.ts'
import { Hub, hubDefaults } from '../../core/hub.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { systemClock } from '../../foundation/clock.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { RedisNodes } from '../../testing/redisNodes.ts'
import type { RedisEngine } from './redisEngine.ts'

const KEY = channelKey('1', 'room')
const HISTORY = { size: 1_000, ttlMs: 60_000 }
const PATIENCE = { timeout: 10_000, interval: 5 }

/** A node of the cluster: its engine, its hub, and one client that subscribes. */
interface TestNode {
  readonly engine: RedisEngine
  readonly hub: Hub
  readonly client: RecordingClient
  offsets(): number[]
}

let redis: TestRedis
let nodes: RedisNodes
let running: TestNode[]

beforeEach(async () => {
  redis = await TestRedis.start()
  nodes = new RedisNodes(redis.url)
  running = []
})
afterEach(async () => {
  redis.thaw()
  for (const { engine, hub } of running) {
    hub.stop()
    await engine.stop()
  }
  await redis.dispose()
})

async function startNode(url?: string, nature: Partial<ChannelNature> = {}): Promise<TestNode> {
  const engine = nodes.add(url)
  const natureOf = () => ({
    history: engine,
    relayed: false,
    tail: 100,
    latestOnly: false,
    urgent: false,
    ...nature,
  })
  const hub = new Hub(engine, systemClock, natureOf, hubDefaults, () => {})
  await engine.start(hub)
  const client = new RecordingClient(systemClock)
  hub.connect(client.connection)
  const node = { engine, hub, client, offsets: () => client.events.map(({ offset }) => offset) }
  running.push(node)
  return node
}

const subscribe = ({ hub, client }: TestNode) => hub.subscribe(client.connection, KEY, undefined)
const publish = ({ engine }: TestNode, id: string) =>
  engine.publish(KEY, { id, name: 'n', data: id, history: HISTORY, idScope: 'app' })
/** Publishes until it is acknowledged, as clients do. */
const publishSurely = (node: TestNode, id: string) =>
  vi.waitFor(() => publish(node, id), { ...PATIENCE, interval: 20 })
const range = (to: number) => Array.from({ length: to }, (_, index) => index + 1)

describe('nodes on one Redis', () => {
  it('see one order without holes, whoever publishes', async () => {
    const [one, two, three] = [await startNode(), await startNode(), await startNode()]
    for (const node of [one, two, three]) await subscribe(node)
    const sent = range(300).map((number) => publish([one, two, three][number % 3] ?? one, `e${number}`))
    await Promise.all(sent)
    for (const node of [one, two, three]) {
      await vi.waitFor(() => expect(node.offsets()).toEqual(range(300)), PATIENCE)
    }
    const bodies = [one, two, three].map(({ client }) => client.events.map(({ data }) => data))
    expect(bodies[1]).toEqual(bodies[0])
    expect(bodies[2]).toEqual(bodies[0])
  })

  it('take an id once, on whichever node it is repeated', async () => {
    const [one, two] = [await startNode(), await startNode()]
    await subscribe(two)
    const first = await publish(one, 'same')
    expect(await publish(two, 'same')).toEqual({ ...first, duplicate: true })
    await publish(one, 'other')
    await vi.waitFor(() => expect(two.offsets()).toEqual([1, 2]), PATIENCE)
  })

  it('fetch what they missed while they were cut off', async () => {
    const relay = await Relay.start(redis.port)
    const [one, two] = [await startNode(), await startNode(`redis://127.0.0.1:${relay.port}`)]
    for (const node of [one, two]) await subscribe(node)
    await publish(one, 'before')
    await vi.waitFor(() => expect(two.offsets()).toEqual([1]), PATIENCE)
    await relay.stop()
    for (const id of ['a', 'b', 'c']) await publish(one, id)
    await vi.waitFor(
      () => expect(publish(two, 'refused')).rejects.toMatchObject({ code: 'unavailable' }),
      PATIENCE,
    )
    expect((await two.engine.health()).status).toBe('down')
    const again = await Relay.start(redis.port, relay.port)
    await vi.waitFor(() => expect(two.offsets().slice(0, 4)).toEqual(range(4)), PATIENCE)
    await publishSurely(two, 'after')
    await vi.waitFor(() => expect(one.offsets()).toEqual(two.offsets()), PATIENCE)
    expect((await two.engine.health()).status).toBe('up')
    await again.stop()
  })

  it('notice a lost message even when none follows it', async () => {
    const [one, two] = [await startNode(), await startNode()]
    await subscribe(two)
    const lost = vi.spyOn(two.hub, 'publication').mockImplementationOnce(() => {})
    await publish(one, 'a')
    await vi.waitFor(() => expect(lost).toHaveBeenCalled())
    expect(two.offsets()).toEqual([])
    await vi.waitFor(() => expect(two.offsets()).toEqual([1]), { ...PATIENCE, timeout: 15_000 })
  }, 20_000)
})

describe('when Redis fails', () => {
  it('and comes back empty, subscribers are told of the gap and go on', async () => {
    const [one, two] = [await startNode(), await startNode()]
    for (const node of [one, two]) await subscribe(node)
    await publish(one, 'a')
    await redis.kill()
    await expect(publish(one, 'b')).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 500 })
    await redis.start()
    const { position } = await publishSurely(one, 'b')
    for (const { client } of [one, two]) {
      await vi.waitFor(() => expect(client.gaps.at(-1)).toMatchObject({ reason: 'epoch-changed' }), PATIENCE)
      expect(client.gaps.at(-1)?.position.epoch).toBe(position.epoch)
    }
    const { position: next } = await publishSurely(two, 'c')
    expect(next).toEqual({ epoch: position.epoch, offset: position.offset + 1 })
    for (const node of [one, two]) {
      await vi.waitFor(() => expect(node.offsets().at(-1)).toBe(next.offset), PATIENCE)
    }
  })

  it('by not answering, publishing is refused in time and goes on afterwards', async () => {
    const [one, two] = [await startNode(), await startNode()]
    await subscribe(two)
    await publish(one, 'a')
    redis.freeze()
    const startedAt = Date.now()
    await expect(publish(one, 'b')).rejects.toMatchObject({ code: 'unavailable' })
    expect(Date.now() - startedAt).toBeLessThan(4_000)
    redis.thaw()
    // It may have been published all the same; repeated under its id it is one event.
    await publishSurely(one, 'b')
    await publishSurely(one, 'c')
    await vi.waitFor(
      () => expect(two.client.events.map(({ data }) => data)).toEqual(['a', 'b', 'c']),
      PATIENCE,
    )
  })

  it('what has its place already goes on reaching the own subscribers, who can come and go', async () => {
    const history = {
      read: async () => ({ position: { epoch: 'durable', offset: 0 }, publications: [], more: false }),
    }
    const node = await startNode(undefined, { relayed: true, history })
    await redis.kill()
    await vi.waitFor(() => expect(subscribe(node)).resolves.toMatchObject({ recovery: { outcome: 'fresh' } }))
    const publication = { id: 'm', version: 1, channel: 'room', name: 'n', data: 1, timestamp: 1, offset: 1 }
    await expect(node.engine.relay(KEY, publication, { epoch: 'durable', offset: 1 })).rejects.toMatchObject({
      code: 'unavailable',
    })
    await vi.waitFor(() => expect(node.offsets()).toEqual([1]), PATIENCE)
    await redis.start()
    const other = await startNode(undefined, { relayed: true, history })
    const second = { ...publication, id: 'm2', offset: 2 }
    await vi.waitFor(async () => {
      await other.engine.relay(KEY, second, { epoch: 'durable', offset: 2 })
      expect(node.offsets()).toEqual([1, 2])
    }, PATIENCE)
  })
})
