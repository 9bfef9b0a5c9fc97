// Limits, caches and queues of several nodes on one Redis.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../../tests/support/testRedis.ts'
import { RedisNodes } from '../../testing/redisNodes.ts'
import type { RedisEngine } from './redisEngine.ts'

const PATIENCE = { timeout: 10_000, interval: 5 }

let redis: TestRedis
let nodes: [RedisEngine, RedisEngine, RedisEngine]

beforeEach(async () => {
  redis = await TestRedis.start()
  const made = new RedisNodes(redis.url)
  nodes = [made.add(), made.add(), made.add()]
  for (const node of nodes) await node.start({ publication: () => {}, moved: () => {} })
})
afterEach(async () => {
  redis.thaw()
  for (const node of nodes) await node.stop()
  await redis.dispose()
})

/** Calls on all nodes at once, so many times on each. */
const everywhere = <T>(times: number, call: (node: RedisEngine, index: number) => Promise<T>) =>
  Promise.all(nodes.flatMap((node) => Array.from({ length: times }, (_, index) => call(node, index))))

it('a limit is exact over all nodes, whoever asks how often at once', async () => {
  const window = { count: 100, windowMs: 60_000 }
  const outcomes = await everywhere(200, (node) => node.limits.take('ada', window))
  expect(outcomes.filter(({ allowed }) => allowed)).toHaveLength(100)
  const mixed = await everywhere(50, (node, index) => node.limits.take('grace', window, 1 + (index % 3)))
  const taken = mixed.reduce((sum, { allowed }, index) => sum + (allowed ? 1 + ((index % 50) % 3) : 0), 0)
  expect(taken).toBe(100)
})

it('a limit that slides never allows more than its count in any window', async () => {
  const window = { count: 20, windowMs: 250 }
  const allowedBetween: { readonly from: number; readonly to: number }[] = []
  const until = performance.now() + 1_000
  await Promise.all(
    nodes.map(async (node) => {
      while (performance.now() < until) {
        const from = performance.now()
        const outcome = await node.limits.take('ada', window)
        if (outcome.allowed) allowedBetween.push({ from, to: performance.now() })
      }
    }),
  )
  // Each unit was taken somewhere between asking and hearing: those surely within one window are at most its count.
  for (const { from } of allowedBetween) {
    const within = allowedBetween.filter(
      (other) => other.from >= from && other.to <= from + window.windowMs - 1,
    )
    expect(within.length).toBeLessThanOrEqual(window.count)
  }
  expect(allowedBetween.length).toBeGreaterThanOrEqual(60)
})

it('an item of a queue is taken by one node only, and none is lost', async () => {
  const bounds = { max: 1_000, ttlMs: 60_000 }
  await everywhere(100, (node, index) => node.queues.push('ada', `item-${index}`, bounds))
  const taken = await everywhere(40, (node) => node.queues.take('ada', 3))
  expect(taken.flat()).toHaveLength(300)
  expect(new Set(taken.flat()).size).toBe(100)
})

it('what one node caches, all have', async () => {
  const [one, two] = nodes
  await one.caches.set('page', 'content', 60_000)
  expect(await two.caches.get('page')).toBe('content')
  await two.caches.delete('page')
  expect(await one.caches.get('page')).toBeUndefined()
})

it.each(['kill', 'freeze'] as const)(
  'is refused in time when Redis is out of reach by %s, and works again after it',
  async (fault) => {
    const [node] = nodes
    await redis[fault]()
    const startedAt = Date.now()
    const calls = [
      () => node.limits.take('ada', { count: 1, windowMs: 60_000 }),
      () => node.caches.get('a'),
      () => node.caches.set('a', 'b', 1_000),
      () => node.caches.delete('a'),
      () => node.queues.push('a', 'b', { max: 1, ttlMs: 1_000 }),
      () => node.queues.take('a', 1),
      () => node.queues.size('a'),
    ]
    const outcomes = await Promise.allSettled(calls.map((call) => call()))
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'unavailable' } })
    expect(Date.now() - startedAt).toBeLessThan(4_000)
    if (fault === 'freeze') redis.thaw()
    else await redis.start()
    await vi.waitFor(() => node.caches.set('a', 'b', 60_000), PATIENCE)
    expect(await node.caches.get('a')).toBe('b')
  },
)
