// Members whom the application names, over several nodes: each begins with a list that holds the own name, hears of everybody
// else once, and no more of them stay than there may be.
import { isObject } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../../tests/support/testRedis.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { systemClock } from '../../foundation/clock.ts'
import { type JoinedClient, type OccupancyNode, startOccupancyNode } from '../../testing/occupancyNode.ts'
import { RedisNodes } from '../../testing/redisNodes.ts'

const ROOM = 'presence-room'
const USERS = Array.from({ length: 20 }, (_, index) => `user-${index}`)

let redis: TestRedis
let nodes: OccupancyNode[]
beforeAll(async () => {
  redis = await TestRedis.start()
})
afterAll(() => redis?.dispose())
beforeEach(async () => {
  const engines = new RedisNodes(redis.url)
  const shared = { clock: systemClock, living: new Set<string>(), told: [], settings: { isTold: false } }
  nodes = await Promise.all(
    ['node-1', 'node-2'].map((name) => startOccupancyNode({ ...shared, name, engine: engines.add() })),
  )
})
afterEach(() => Promise.all(nodes.map((node) => node.stop())))

const nodeOf = (index: number): OccupancyNode => {
  const node = nodes[index % nodes.length]
  if (node === undefined) throw new Error('unreachable')
  return node
}

const idsOf = (members: unknown): unknown[] =>
  Array.isArray(members) ? members.map((member: unknown) => (isObject(member) ? member.id : member)) : []

/** The users whom a client was told of: those of its greeting, and those who joined later. */
function heardBy(client: JoinedClient) {
  const [greeting, ...later] = client.pushes().map((text): unknown => JSON.parse(text))
  return {
    greeted: isObject(greeting) ? idsOf(greeting.members) : [],
    joined: later.flatMap((push) => (isObject(push) ? idsOf(push.joined) : [])),
  }
}

it('each begins with the own name and hears of every other one once', async () => {
  const clients = await Promise.all(
    USERS.map(async (user, index) => {
      const node = nodeOf(index)
      const client = await node.join(ROOM, user)
      await node.presence.watchTold(client.connection, ROOM, user)
      return client
    }),
  )
  await vi.waitFor(() => {
    for (const [index, client] of clients.entries()) {
      const { greeted, joined } = heardBy(client)
      expect(greeted).toContain(USERS[index])
      expect([...greeted, ...joined].sort()).toEqual([...USERS].sort())
    }
  })
})

it('as many have room as there may be, however many enter at once', async () => {
  const key = channelKey('1', ROOM)
  await Promise.all(USERS.map((user, index) => nodeOf(index).join(ROOM, user)))
  const answers = await Promise.all(USERS.map((user, index) => nodeOf(index).presence.roomFor(key, user, 5)))
  expect(answers.filter((hasRoom) => hasRoom)).toHaveLength(5)
  expect(await nodeOf(0).presence.roomFor(key, 'late', 20)).toBe(false)
  expect(await nodeOf(0).presence.roomFor(key, 'late', 21)).toBe(true)
})
