// Presence channels with the published pusher-js: members of all connections, nodes and protocols are one set.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { MemberView } from '../../support/memberView.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { PUSHER_PATH, pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'

const ADDED = 'pusher_internal:member_added'
const REMOVED = 'pusher_internal:member_removed'
const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

const newRoom = () => `presence-${randomUUID()}`
const config = {
  channels: { 'presence-*': { subscribe: true, publish: 'user' as const } },
  presence: { linger: 100, batchWindow: 10 },
  pusher: { maxMembers: 5 },
}

overEveryCluster(config, (nodes) => {
  const nodeAt = (index: number) => nodes().urlOf(index)

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (id: string | number, node = 0, info?: unknown) =>
      pages.open(nodeAt(node), { version, backend, user: { id, info } })

    it('shows who is there, oneself included, and who comes and goes', async () => {
      const room = newRoom()
      const ada = await open('ada', 0, { name: 'Ada', avatar: '/ada.png', color: 'red' })
      const first = await ada.enter(room)
      expect(first.members.count).toBe(1)
      expect(first.members.me).toEqual({ id: 'ada', info: { name: 'Ada', avatar: '/ada.png', color: 'red' } })
      const bob = await open('bob', 1, { name: 'Bob' })
      const second = await bob.enter(room)
      expect(second.members.count).toBe(2)
      expect(second.members.get('ada')?.info).toEqual({ name: 'Ada', avatar: '/ada.png', color: 'red' })
      await ada.untilHeard(ADDED, room)
      expect(ada.data(ADDED, room)).toEqual([{ user_id: 'bob', user_info: { name: 'Bob' } }])
      expect(first.members.count).toBe(2)
      bob.pusher.unsubscribe(room)
      await ada.untilHeard(REMOVED, room)
      expect(ada.data(REMOVED, room)).toEqual([{ user_id: 'bob' }])
      expect(first.members.count).toBe(1)
      // Nobody hears of their own coming.
      expect([ada.heard(ADDED, room).length, bob.heard(ADDED, room).length]).toEqual([1, 0])
    })

    it('counts a user once, from the first connection to the last', async () => {
      const room = newRoom()
      const watcher = await open('eve')
      await watcher.enter(room)
      const tabs = [await open('ada', 0, { tab: 1 }), await open('ada', 1, { tab: 2 })]
      for (const tab of tabs) {
        const channel = await tab.enter(room)
        expect(channel.members.count).toBe(2)
      }
      await watcher.untilHeard(ADDED, room)
      tabs[0]?.close()
      await open('bob', 1).then((page) => page.enter(room))
      await watcher.untilHeard(ADDED, room, 2)
      expect(watcher.heard(REMOVED, room)).toEqual([])
      tabs[1]?.close()
      await watcher.untilHeard(REMOVED, room)
      expect(watcher.data(REMOVED, room)).toEqual([{ user_id: 'ada' }])
      expect(watcher.data(ADDED, room)).toMatchObject([{ user_id: 'ada' }, { user_id: 'bob' }])
    })

    it('is one set with the members of the native protocol', async () => {
      const room = newRoom()
      const native = await nodes().join(room, 'nat', 1, { avatar: '/nat.png' })
      await native.call('presence.enter', { channel: room, data: { mood: 'fine' } })
      const view = await MemberView.watch(native, room)
      const page = await open(17, 0, { name: 'Seventeen', avatar: '/17.png', team: ['a'] })
      const channel = await page.enter(room)
      expect(channel.members.get('nat')?.info).toEqual({ name: 'nat', avatar: '/nat.png', mood: 'fine' })
      await view.untilUsers('17', 'nat')
      expect(view.member('17')).toEqual({
        id: '17',
        name: 'Seventeen',
        avatar: '/17.png',
        data: { team: ['a'] },
      })
      await native.call('presence.leave', { channel: room })
      await page.untilHeard(REMOVED, room)
      page.close()
      await view.untilUsers()
    })

    it('takes the signed-in user where the application signs nobody', async () => {
      const room = newRoom()
      const page = await open('ada', 0, { name: 'Ada', role: 'author' })
      backend.override = (question) =>
        question.channel === undefined
          ? undefined
          : {
              status: 200,
              body: JSON.stringify(backend.library.authorizeChannel(question.socketId, question.channel)),
            }
      await page.signIn()
      const channel = await page.enter(room)
      expect(channel.members.me).toEqual({ id: 'ada', info: { name: 'Ada', role: 'author' } })
      backend.override = undefined
    })

    it('has room for as many members as are allowed, however many connections they have', async () => {
      const room = newRoom()
      const ids = ['a', 'b', 'c', 'd', 'e']
      for (const [index, id] of ids.entries()) await open(id, index % 2).then((page) => page.enter(room))
      await open('a', 1).then((page) => page.enter(room))
      const late = await open('f', 1)
      await expect(late.enter(room)).rejects.toThrow(/LimitReached.*4004/)
      const inside = await open('b').then((page) => page.enter(room))
      expect(Object.keys(inside.members.members).sort()).toEqual(ids)
    })
  })

  it('fills a room up to the limit and no further when all come at once', async () => {
    const room = newRoom()
    const clients = await Promise.all(
      Array.from({ length: 12 }, (_, index) => RawPusherClient.connect(nodeAt(index), PUSHER_PATH)),
    )
    await Promise.all(clients.map((client, index) => client.subscribe(room, { user_id: `user-${index}` })))
    const inside = clients.filter((client) => client.answers(room)[0]?.event.endsWith('succeeded'))
    expect(inside.length).toBeLessThanOrEqual(5)
    expect(inside.length).toBeGreaterThan(0)
    for (const client of clients) client.terminate()
  })

  it.each([
    ['text', '{"user_id":"ada"'],
    ['a list', '["ada"]'],
    ['nobody', '{"user_info":{}}'],
    ['an empty id', '{"user_id":""}'],
    ['an id that is no text', '{"user_id":{"a":1}}'],
    ['an id that is too long', JSON.stringify({ user_id: 'x'.repeat(129) })],
    ['an id that nobody can store', '{"user_id":"\\u0000"}'],
    ['too much', JSON.stringify({ user_id: 'ada', user_info: 'x'.repeat(1_100) })],
  ])('refuses %s in place of a member', async (_, channelData) => {
    const room = newRoom()
    const client = await RawPusherClient.connect(nodeAt(0))
    const auth = pusherAuth(`${client.socketId}:${room}:${channelData}`)
    client.say('pusher:subscribe', { channel: room, auth, channel_data: channelData })
    await client.untilHeard('pusher:subscription_error', room)
    await client.settled()
    expect(client.closed).toBeUndefined()
    expect(client.data('pusher:subscription_error')[0].status).toBeGreaterThanOrEqual(400)
    client.terminate()
  })

  it('refuses a member whom the application has not signed', async () => {
    const room = newRoom()
    const client = await RawPusherClient.connect(nodeAt(0))
    const auth = pusherAuth(`${client.socketId}:${room}:{"user_id":"ada"}`)
    client.say('pusher:subscribe', { channel: room, auth, channel_data: '{"user_id":"bob"}' })
    await client.untilHeard('pusher:subscription_error', room)
    client.say('pusher:subscribe', { channel: room, auth: pusherAuth(`${client.socketId}:${room}`) })
    await client.untilHeard('pusher:subscription_error', room, 2)
    const told = { type: 'AuthError', status: 401 }
    expect(client.data('pusher:subscription_error')).toMatchObject([told, told])
    client.terminate()
  })
})
