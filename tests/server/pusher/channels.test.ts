// What Pusher's HTTP API tells of channels, whoever subscribes to them, with the library that Pusher publishes.
import { randomUUID } from 'node:crypto'
import type Pusher from 'pusher'
import { describe, expect, it } from 'vitest'
import { type ClusterNodes, overEveryCluster } from '../../support/everyCluster.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'
import { pusherRequest } from '../../support/pusherRequest.ts'

const OPEN = { '*': { subscribe: 'user' } } as const

/** Nodes that have just started know of each other after a while. */
const PATIENCE = { timeout: 10_000 }

overEveryCluster({ channels: OPEN }, (nodes: () => ClusterNodes) => {
  const library = (node = 0): Pusher => pusherLibrary(nodes().urlOf(node))
  const get = async (path: string, params: Record<string, string> = {}, node = 0): Promise<unknown> =>
    (await library(node).get({ path, params })).json()

  /** Two connections of ada and one of bob are on a presence channel, on both nodes. */
  async function presenceRoom(prefix = 'presence'): Promise<string> {
    const room = `${prefix}-${randomUUID()}`
    for (const [node, user] of ['ada', 'ada', 'bob'].entries()) {
      const client = await nodes().join(room, user, node)
      await client.call('presence.enter', { channel: room })
    }
    return room
  }

  describe('a channel', () => {
    it('is occupied as long as somebody subscribes, on whichever node', async () => {
      const room = `room-${randomUUID()}`
      const path = `/channels/${room}`
      expect(await get(path)).toEqual({ occupied: false })
      const client = await nodes().join(room, 'ada', 1)
      await expect.poll(() => get(path), PATIENCE).toEqual({ occupied: true })
      const info = 'subscription_count'
      expect(await get(path, { info }, 1)).toEqual({ occupied: true, subscription_count: 1 })
      await client.call('unsubscribe', { channels: [room] })
      await expect
        .poll(() => get(path, { info }), PATIENCE)
        .toEqual({ occupied: false, subscription_count: 0 })
    })

    it('tells its users and connections', async () => {
      const room = await presenceRoom()
      const path = `/channels/${room}`
      const info = 'user_count,subscription_count'
      const facts = { occupied: true, user_count: 2, subscription_count: 3 }
      for (const node of [0, 1]) {
        await expect.poll(() => get(path, { info }, node), PATIENCE).toEqual(facts)
        expect(await get(`${path}/users`, {}, node)).toEqual({ users: [{ id: 'ada' }, { id: 'bob' }] })
      }
      const nobody = `/channels/presence-${randomUUID()}`
      expect(await get(nobody, { info })).toEqual({ occupied: false, user_count: 0, subscription_count: 0 })
      expect(await get(`${nobody}/users`)).toEqual({ users: [] })
    })

    it('is told with an event that goes there', async () => {
      const room = await presenceRoom()
      const plain = `room-${randomUUID()}`
      await nodes().join(plain, 'ada', 1)
      const info = 'user_count,subscription_count'
      const channels = {
        [room]: { user_count: 2, subscription_count: 3 },
        [plain]: { subscription_count: 1 },
      }
      const trigger = async () => (await library().trigger([room, plain], 'tick', {}, { info })).json()
      await expect.poll(trigger, PATIENCE).toEqual({ channels })
      const batch = await library(1).triggerBatch([
        { channel: room, name: 'tick', data: 1, info: 'user_count' },
        { channel: plain, name: 'tick', data: 1 },
        { channel: plain, name: 'tick', data: 1, info },
      ])
      expect(await batch.json()).toEqual({ batch: [{ user_count: 2 }, {}, { subscription_count: 1 }] })
    })
  })

  describe('the channels', () => {
    it('are told by prefix, with what is asked for', async () => {
      const marker = randomUUID()
      const rooms = [
        await presenceRoom(`presence-${marker}`),
        await presenceRoom(`presence-${marker}`),
      ].sort()
      await nodes().join(`room-${marker}`, 'ada', 1)
      // Pusher has no such name.
      await nodes().join(`room-${marker}/more`, 'ada', 1)
      const prefix = `presence-${marker}`
      const counts = (facts: object) => Object.fromEntries(rooms.map((room) => [room, facts]))
      const info = 'user_count,subscription_count'
      await expect
        .poll(() => get('/channels', { filter_by_prefix: prefix, info }), PATIENCE)
        .toEqual({ channels: counts({ user_count: 2, subscription_count: 3 }) })
      expect(await get('/channels', { filter_by_prefix: prefix }, 1)).toEqual({ channels: counts({}) })
      const plain = { filter_by_prefix: `room-${marker}` }
      expect(await get('/channels', plain)).toEqual({ channels: { [`room-${marker}`]: {} } })
      const { channels } = (await get('/channels')) as { channels: object }
      expect(Object.keys(channels)).toEqual(expect.arrayContaining([...rooms, `room-${marker}`]))
      // Those on which single users are spoken to have other names for the backend.
      await nodes().join(`user-${marker}`, marker, 1)
      await expect.poll(() => get(`/channels/user-${marker}`), PATIENCE).toEqual({ occupied: true })
      expect(await get('/channels', { filter_by_prefix: 'user-' })).toEqual({ channels: {} })
    })
  })

  it.each([
    ['/channels', { info: 'user_count' }, 'filter_by_prefix'],
    ['/channels', { info: 'user_count', filter_by_prefix: 'pres' }, 'filter_by_prefix'],
    ['/channels', { info: 'secrets' }, 'info can have'],
    ['/channels', { info: 'cache', filter_by_prefix: 'cache-' }, 'info can have'],
    ['/channels/room', { info: 'user_count' }, 'presence channel'],
    ['/channels/room', { info: 'cache' }, 'cache channel'],
    ['/channels/room', { info: 'subscription_count,secrets' }, 'info can have'],
    ['/channels/a:b', {}, 'Invalid channel name'],
    [`/channels/${'x'.repeat(201)}`, {}, 'Invalid channel name'],
    ['/channels/room/users', {}, 'presence channels'],
    ['/channels/presence-a:b/users', {}, 'Invalid channel name'],
  ])('the question %s %j is refused', async (path, query, reason) => {
    const { status, text, type } = await pusherRequest(nodes().urlOf(0), { path, query })
    expect([status, text]).toEqual([400, expect.stringContaining(reason)])
    expect(type).toContain('text/plain')
  })
})
