// Presence of several nodes on one Redis: exact, while nodes die, freeze and come back, and while Redis fails.
import { spawnSync } from 'node:child_process'
import type { Json } from '@nowcast/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Relay } from '../../../../../../tests/support/relay.ts'
import { TestRedis } from '../../../../../../tests/support/testRedis.ts'
import { channelKey } from '../../../foundation/channelKey.ts'
import { PresenceFollower } from '../../../testing/presenceFollower.ts'
import { RedisNodes } from '../../../testing/redisNodes.ts'
import type { RedisEngine } from '../redisEngine.ts'

const KEY = channelKey('1', 'room')
/** For tests in which leases end; a busy machine may hold a test up for longer than a shorter one. */
const LEASE_MS = 500
const PATIENCE = { timeout: 15_000, interval: 5 }

/** A node that reaches Redis over a relay of its own. */
interface TestNode {
  readonly engine: RedisEngine
  readonly follower: PresenceFollower
  relay: Relay
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
  await stopAll()
  await redis.dispose()
})

function useShortLeases(): void {
  nodes = new RedisNodes(redis.url, { presenceLeaseMs: LEASE_MS })
}

async function stopAll(): Promise<void> {
  for (const { engine, relay } of running.splice(0)) {
    await engine.stop()
    await relay.stop().catch(() => {})
  }
}

async function startNode(): Promise<TestNode> {
  const relay = await Relay.start(redis.port)
  const engine = nodes.add(`redis://127.0.0.1:${relay.port}`)
  const follower = new PresenceFollower(engine.presence)
  await engine.start({ publication: () => {}, moved: () => {} })
  const node = { engine, follower, relay }
  running.push(node)
  return node
}

async function threeNodes(): Promise<[TestNode, TestNode, TestNode]> {
  return [await startNode(), await startNode(), await startNode()]
}

const enter = ({ engine }: TestNode, user: string, info: Json = null) =>
  engine.presence.enter(KEY, user, info)
const leave = ({ engine }: TestNode, user: string) => engine.presence.leave(KEY, user)
const seenBy = ({ follower }: TestNode) => follower.members(KEY)
const waitFor = (node: TestNode, members: Record<string, Json>) =>
  vi.waitFor(() => expect(seenBy(node)).toEqual(members), PATIENCE)
const snapshotOf = async ({ engine }: TestNode) => {
  const { position, members } = await engine.presence.members(KEY)
  return { position, members: Object.fromEntries(members.map(({ user, info }) => [user, info])) }
}
const types = ({ follower }: TestNode) => follower.changes.map(({ type, user }) => `${user} ${type}`)
const revive = async (node: TestNode) => {
  node.relay = await Relay.start(redis.port, node.relay.port)
}

describe('nodes on one Redis', () => {
  it('have one member of a user until the last of them lets go, with the info that was given last', async () => {
    const [one, two, three] = await threeNodes()
    await three.follower.follow(KEY)
    await enter(one, 'ada', 1)
    await enter(two, 'ada', 1)
    await enter(three, 'ada', 3)
    await leave(three, 'ada')
    await leave(one, 'ada')
    expect((await snapshotOf(one)).members).toEqual({ ada: 3 })
    await leave(two, 'ada')
    await vi.waitFor(() => expect(types(three)).toEqual(['ada joined', 'ada updated', 'ada left']), PATIENCE)
    expect((await snapshotOf(one)).members).toEqual({})
  })

  it('end in one same snapshot when 1,000 members enter at once, and every sum of changes equals it', async () => {
    const all = await threeNodes()
    for (const { follower } of all) await follower.follow(KEY)
    const users = Array.from({ length: 1_000 }, (_, index) => `user-${index}`)
    await Promise.all(users.map((user, index) => enter(all[index % 3] ?? all[0], user, { name: user })))
    const wanted = Object.fromEntries(users.map((user) => [user, { name: user }]))
    for (const node of all) {
      await waitFor(node, wanted)
      expect(await snapshotOf(node)).toMatchObject({ position: { offset: 1_000 }, members: wanted })
      expect([node.follower.changes.length, node.follower.contradictions]).toEqual([1_000, []])
    }
  })

  it('let the members of a dead node go after its lease, though nobody else comes or goes', async () => {
    useShortLeases()
    const [one, two, three] = await threeNodes()
    await two.follower.follow(KEY)
    await Promise.all(['ada', 'grace', 'joan'].map((user) => enter(one, user)))
    await enter(three, 'grace')
    await one.relay.stop()
    const diedAt = Date.now()
    await waitFor(two, { grace: null })
    expect(Date.now() - diedAt).toBeLessThan(LEASE_MS * 10)
    expect(types(two).slice(-2).sort()).toEqual(['ada left', 'joan left'])
    expect((await snapshotOf(three)).members).toEqual({ grace: null })
  })

  it('never let those of a living node go', async () => {
    useShortLeases()
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    await enter(one, 'ada')
    const enteredAt = Date.now()
    await vi.waitFor(async () => {
      expect((await snapshotOf(two)).members).toEqual({ ada: null })
      expect(Date.now() - enteredAt).toBeGreaterThan(LEASE_MS * 4)
    }, PATIENCE)
    expect(types(two)).toEqual(['ada joined'])
  })

  it('take in again a node that was frozen, with what became of its users meanwhile', async () => {
    useShortLeases()
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    await enter(one, 'ada', 'old')
    await enter(one, 'grace', 'old')
    await enter(one, 'joan', 'old')
    one.relay.freeze()
    await waitFor(two, {})
    const late = leave(one, 'joan').catch(({ code }) => code)
    await enter(two, 'ada', 'new')
    // Its links are found dead, and it connects again.
    await waitFor(two, { ada: 'new', grace: 'old' })
    expect(await late).toBe('unavailable')
    await leave(two, 'ada')
    expect((await snapshotOf(two)).members).toEqual({ ada: 'new', grace: 'old' })
    expect(two.follower.contradictions).toEqual([])
  })

  it('read the members again when they were cut off while something changed', async () => {
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    await enter(one, 'ada')
    await waitFor(two, { ada: null })
    await two.relay.stop()
    await enter(one, 'grace')
    await revive(two)
    await waitFor(two, { ada: null, grace: null })
    await enter(one, 'joan')
    await waitFor(two, { ada: null, grace: null, joan: null })
    expect([two.follower.moves(KEY), two.follower.contradictions]).toEqual([1, []])
  })

  it('notice a lost message even when none follows it', async () => {
    useShortLeases()
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    const lost = vi.spyOn(two.engine.presence, 'receive').mockImplementationOnce(() => true)
    await enter(one, 'ada')
    await vi.waitFor(() => expect(lost).toHaveBeenCalled(), PATIENCE)
    expect(seenBy(two)).toEqual({})
    await waitFor(two, { ada: null })
    expect(two.follower.moves(KEY)).toBe(1)
  })

  it('agree in the end, whatever enters, leaves and dies when', async () => {
    const step = fc.record({
      node: fc.nat(2),
      user: fc.constantFrom('ada', 'grace', 'joan', 'edith'),
      action: fc.oneof(
        { weight: 6, arbitrary: fc.constant('enter' as const) },
        { weight: 5, arbitrary: fc.constant('leave' as const) },
        { weight: 1, arbitrary: fc.constant('cut' as const) },
        { weight: 1, arbitrary: fc.constant('die' as const) },
      ),
      info: fc.nat(2),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 8 }), async (bursts) => {
        useShortLeases()
        const all = await threeNodes()
        for (const { follower } of all) await follower.follow(KEY)
        const entered = all.map(() => new Set<string>())
        const dead = new Set<number>()
        for (const burst of bursts) {
          const outcomes = burst.map(async ({ node: index, user, action, info }) => {
            const node = all[index]
            if (node === undefined || dead.has(index)) return
            if (action === 'cut') node.relay.cut()
            else if (action === 'die' && dead.size < 2) {
              dead.add(index)
              await node.relay.stop()
            } else if (action === 'enter') {
              const done = await enter(node, user, info).then(
                () => true,
                () => false,
              )
              if (done) entered[index]?.add(user)
            } else if (action === 'leave') {
              await leave(node, user).catch(() => {})
              entered[index]?.delete(user)
            }
          })
          await Promise.all(outcomes)
        }
        const wanted = new Set(entered.flatMap((users, index) => (dead.has(index) ? [] : [...users])))
        const alive = all.filter((_, index) => !dead.has(index))
        for (const node of alive) {
          await vi.waitFor(async () => {
            const { members } = await snapshotOf(node)
            expect(Object.keys(members).sort()).toEqual([...wanted].sort())
            expect(seenBy(node)).toEqual(members)
          }, PATIENCE)
          expect(node.follower.contradictions).toEqual([])
        }
        await stopAll()
      }),
      { numRuns: 12, endOnFailure: true },
    )
  }, 240_000)
})

describe('when Redis fails', () => {
  it('and comes back empty, every node enters its members again', async () => {
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    const users = Array.from({ length: 250 }, (_, index) => `user-${index}`)
    await Promise.all(users.map((user) => enter(one, user, 1)))
    await enter(two, 'user-0', 2)
    await redis.kill()
    await expect(enter(one, 'late')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(leave(one, 'user-1')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(one.engine.presence.members(KEY)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(one.engine.presence.observe(KEY)).rejects.toMatchObject({ code: 'unavailable' })
    await redis.start()
    const left = users.filter((user) => user !== 'user-1')
    const wanted = Object.fromEntries(left.map((user) => [user, user === 'user-0' ? 2 : 1]))
    await waitFor(two, wanted)
    expect((await snapshotOf(one)).members).toEqual(wanted)
    expect(two.follower.contradictions).toEqual([])
  })

  it('by not answering, every call ends in time, and what was asked too late never happens', async () => {
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    await enter(one, 'ada')
    redis.freeze()
    const startedAt = Date.now()
    const calls = [enter(one, 'grace'), leave(one, 'ada'), one.engine.presence.members(KEY)]
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'unavailable' })
    expect(Date.now() - startedAt).toBeLessThan(4_000)
    redis.thaw()
    await vi.waitFor(() => enter(one, 'joan'), PATIENCE)
    await waitFor(two, { joan: null })
    expect((await snapshotOf(one)).members).toEqual({ joan: null })
  })

  it('by forgetting some of its keys, presence begins anew instead of keeping half of it', async () => {
    useShortLeases()
    const [one, two] = await threeNodes()
    await two.follower.follow(KEY)
    await enter(one, 'ada', 1)
    await enter(two, 'ada', 1)
    await enter(two, 'grace', 2)
    const command = "for _, key in ipairs(redis.call('KEYS', '*:leases')) do redis.call('DEL', key) end"
    expect(spawnSync('redis-cli', ['-p', String(redis.port), 'EVAL', command, '0']).status).toBe(0)
    await vi.waitFor(() => expect(two.follower.moves(KEY)).toBeGreaterThan(0), PATIENCE)
    await waitFor(two, { ada: 1, grace: 2 })
    await leave(two, 'ada')
    await leave(one, 'ada')
    await waitFor(two, { grace: 2 })
  })
})
