// Presence of large channels, and when a node or Redis goes away.
import { randomUUID } from 'node:crypto'
import type { ConfigInput } from '@nowcast/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterNodes } from '../support/everyCluster.ts'
import { MemberView } from '../support/memberView.ts'
import { Relay } from '../support/relay.ts'
import { TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'

let database: TestDatabase
let redis: TestRedis

beforeAll(async () => {
  database = await TestDatabase.start()
  redis = await TestRedis.start()
})
afterAll(async () => {
  await redis?.dispose()
  await database?.stop()
})

function configFor(port: number, presence: ConfigInput['presence']): ConfigInput {
  return {
    redis: { url: `redis://127.0.0.1:${port}` },
    ...(presence === undefined ? {} : { presence }),
  }
}

const newRoom = () => `room-${randomUUID()}`

describe('a large channel', () => {
  it('is counted and sampled, and listed again when it has become small', async () => {
    const config = configFor(redis.port, { maxListed: 10, sample: 3, countInterval: 50, batchWindow: 10 })
    const nodes = await ClusterNodes.start(database, config, config)
    const room = newRoom()
    const watcher = await nodes.join(room, 'eve')
    const view = await MemberView.watch(watcher, room)
    const members = []
    for (let index = 0; index < 40; index += 1) {
      const member = await nodes.join(room, `user-${index}`, index)
      await member.call('presence.enter', { channel: room })
      members.push(member)
    }
    await view.until(() => view.count === 40, 'the count')
    expect(view.complete).toBe(false)
    expect(view.users).toHaveLength(3)
    const late = await MemberView.watch(await nodes.join(room, 'late', 1), room)
    await late.until(() => late.count === 40, 'the count')
    expect([late.complete, late.users.length]).toEqual([false, 3])
    for (const member of members.slice(8)) await member.call('presence.leave', { channel: room })
    for (const seen of [view, late]) {
      await seen.untilUsers(...members.slice(0, 8).map((_, index) => `user-${index}`))
      expect(seen.complete).toBe(true)
    }
    await members[0]?.call('presence.leave', { channel: room })
    for (const seen of [view, late]) {
      await seen.until(() => seen.count === 7, 'a change')
      expect(seen.contradictions).toEqual([])
    }
    await nodes.stop()
  })
})

describe('when a node', () => {
  it('stops, its members leave at once', async () => {
    const config = configFor(redis.port, { linger: 60_000, lease: 600_000 })
    const nodes = await ClusterNodes.start(database, config)
    const leaving = await ClusterNodes.start(database, config)
    const room = newRoom()
    const view = await MemberView.watch(await nodes.join(room, 'eve'), room)
    for (const user of ['ada', 'bob']) {
      const member = await leaving.join(room, user)
      await member.call('presence.enter', { channel: room })
    }
    const both = await nodes.join(room, 'bob')
    await both.call('presence.enter', { channel: room })
    await view.untilUsers('ada', 'bob')
    await leaving.stop()
    await view.untilUsers('bob')
    expect(view.contradictions).toEqual([])
    await nodes.stop()
  })

  it('is cut off, its members leave within the lease and come back with it', async () => {
    const relay = await Relay.start(redis.port)
    const presence = { lease: 2_000 }
    const nodes = await ClusterNodes.start(database, configFor(redis.port, presence))
    const lost = await ClusterNodes.start(database, configFor(relay.port, presence))
    const room = newRoom()
    const eve = await nodes.join(room, 'eve')
    const view = await MemberView.watch(eve, room)
    await eve.call('presence.enter', { channel: room })
    const ada = await lost.join(room, 'ada')
    await ada.call('presence.enter', { channel: room, data: 'still here' })
    const inside = await MemberView.watch(ada, room)
    await view.untilUsers('ada', 'eve')
    await inside.untilUsers('ada', 'eve')
    await eve.call('people.watch', { users: ['ada'] })

    relay.block('refused')
    await view.untilUsers('eve')
    // What is known inside stays known; what can't be done is refused.
    expect(inside.users).toEqual(['ada', 'eve'])
    await expect(ada.call('presence.enter', { channel: room, data: 'lost' })).rejects.toThrow('unavailable')
    const lastStatus = () =>
      eve.pushes.flatMap((push) => (push.type === 'people' ? push.people : [])).at(-1)?.status
    await eve.until(() => lastStatus() === 'offline', 'the user to be gone')

    relay.mend()
    await view.untilUsers('ada', 'eve')
    expect(view.member('ada')?.data).toBe('still here')
    await eve.until(() => lastStatus() === 'online', 'the user to be back')
    await eve.call('presence.leave', { channel: room })
    await inside.untilUsers('ada')
    for (const { contradictions } of [view, inside]) expect(contradictions).toEqual([])
    await lost.stop()
    await nodes.stop()
    await relay.stop()
  })
})

it('comes back as it was when Redis has forgotten everything', async () => {
  const own = await TestRedis.start()
  const config = configFor(own.port, { lease: 2_000 })
  const nodes = await ClusterNodes.start(database, config, config)
  const room = newRoom()
  const clients = []
  for (const [index, user] of ['ada', 'bob'].entries()) {
    const client = await nodes.join(room, user, index)
    await client.call('presence.enter', { channel: room, data: index })
    clients.push(client)
  }
  const views = await Promise.all(clients.map((client) => MemberView.watch(client, room)))
  for (const view of views) await view.untilUsers('ada', 'bob')
  await own.kill()
  await own.start()
  const late = await nodes.join(room, 'late')
  const entered = async () => {
    try {
      await late.call('presence.enter', { channel: room })
      return true
    } catch {
      return false
    }
  }
  while (!(await entered())) await new Promise((resolve) => setTimeout(resolve, 50))
  for (const view of views) {
    await view.untilUsers('ada', 'bob', 'late')
    expect(view.contradictions).toEqual([])
  }
  await nodes.stop()
  await own.dispose()
})
