// Who is on a channel, over the wire: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import { MemberView } from '../support/memberView.ts'
import { Random } from '../support/random.ts'
import type { RawClient } from '../support/rawClient.ts'
import { tokenFor } from '../support/tokens.ts'

const LINGER_MS = 3_000
const MANY = 12

const newRoom = () => `room-${randomUUID()}`
const enter = (client: RawClient, channel: string, data?: string | number) =>
  client.call('presence.enter', { channel, ...(data === undefined ? {} : { data }) })

overEveryCluster(
  {
    presence: { linger: LINGER_MS },
    channels: { 'staff-*': { subscribe: ({ user }) => user.role === 'staff' } },
  },
  (nodes) => {
    const join = (channel: string, user?: string, on = 0, claims = {}) =>
      nodes().join(channel, user, on, claims)
    const connect = (user?: string, on = 0) => nodes().connect(user, on)

    describe('a member', () => {
      it('joins, says something else, and leaves; whoever watches hears of it', async () => {
        const room = newRoom()
        const eve = await join(room, 'eve', 1)
        const view = await MemberView.watch(eve, room)
        expect(view.users).toEqual([])
        const ada = await join(room, 'ada', 0, { name: 'Ada', avatar: 'https://a.example/a.png' })
        await enter(ada, room, 'writing')
        await view.untilUsers('ada')
        expect(view.member('ada')).toEqual({
          id: 'ada',
          name: 'Ada',
          avatar: 'https://a.example/a.png',
          data: 'writing',
        })
        await enter(ada, room, 'reading')
        await view.until(() => view.member('ada')?.data === 'reading', 'the new data')
        await ada.call('presence.leave', { channel: room })
        await view.untilUsers()
        const kinds = eve.pushes.flatMap((push) => (push.type === 'presence.changed' ? [push] : []))
        expect(kinds).toMatchObject([
          { joined: [{ id: 'ada' }] },
          { updated: [{ id: 'ada' }] },
          { left: ['ada'] },
        ])
        expect(view.contradictions).toEqual([])
      })

      it('is who the token says, whatever a client claims', async () => {
        const room = newRoom()
        const mallory = await join(room, 'mallory', 0, { name: 'Mallory' })
        const forged = { id: 'ada', name: 'Ada', user: 'ada', member: { id: 'ada' } }
        const view = await MemberView.watch(await join(room, 'eve', 1), room)
        const command = { ...forged, type: 'presence.enter', id: 900, channel: room, data: forged }
        mallory.socket.send(JSON.stringify(command))
        expect(await mallory.answer(900)).toHaveProperty('result')
        await view.untilUsers('mallory')
        expect(view.member('mallory')).toEqual({ id: 'mallory', name: 'Mallory', data: forged })
      })

      it('has the name of the newest token', async () => {
        const room = newRoom()
        const ada = await join(room, 'ada')
        await enter(ada, room, 1)
        const view = await MemberView.watch(await join(room, 'eve', 1), room)
        await ada.call('refresh', { token: tokenFor('ada', { name: 'Countess' }) })
        await view.until(() => view.member('ada')?.name === 'Countess', 'the new name')
        expect(view.member('ada')?.data).toBe(1)
        expect(view.contradictions).toEqual([])
      })

      it('is one, however many connections the user has', async () => {
        const room = newRoom()
        const view = await MemberView.watch(await join(room, 'eve'), room)
        const ada = [await join(room, 'ada'), await join(room, 'ada'), await join(room, 'ada', 1)]
        for (const [index, client] of ada.entries()) await enter(client, room, index)
        await view.until(() => view.member('ada')?.data === 2, 'the newest data')
        expect(view.count).toBe(1)
        for (const client of ada.slice(1)) await client.call('presence.leave', { channel: room })
        await enter(await join(room, 'bob', 1), room)
        await view.untilUsers('ada', 'bob')
        await ada[0]?.call('presence.leave', { channel: room })
        await view.untilUsers('bob')
        expect(view.contradictions).toEqual([])
      })

      it.each([
        { where: 'the same node', nodes: [0, 0, 0] },
        { where: 'other nodes', nodes: [0, 1, 0] },
      ])('has the data of the connection that is left: on $where', async ({ nodes }) => {
        const room = newRoom()
        const view = await MemberView.watch(await join(room, 'eve', 1), room)
        const tabs: RawClient[] = []
        for (const [index, on] of nodes.entries()) {
          const tab = await join(room, 'ada', on)
          tabs.push(tab)
          await enter(tab, room, index)
          await view.until(() => view.member('ada')?.data === index, `the data ${index}`)
        }
        await tabs[2]?.call('unsubscribe', { channels: [room] })
        await view.until(() => view.member('ada')?.data === 1, 'the second data')
        await tabs[1]?.call('presence.leave', { channel: room })
        await view.until(() => view.member('ada')?.data === 0, 'the first data')
        expect(view.count).toBe(1)
        expect(view.contradictions).toEqual([])
      })
    })

    describe('a member stays', () => {
      it('for a while when the link is cut: who comes back was never gone', async () => {
        const room = newRoom()
        const watcher = await join(room, 'eve', 1)
        const view = await MemberView.watch(watcher, room)
        const ada = await join(room, 'ada')
        await enter(ada, room, 'here')
        await view.untilUsers('ada')
        ada.terminate()
        await enter(await join(room, 'ada', 1), room, 'here')
        // What comes later is heard later.
        await enter(await join(room, 'bob'), room)
        await view.untilUsers('ada', 'bob')
        const changes = watcher.pushes.filter(({ type }) => type === 'presence.changed')
        expect(changes).toHaveLength(2)
      })

      it('no longer than that', async () => {
        const room = newRoom()
        const view = await MemberView.watch(await join(room, 'eve', 1), room)
        const ada = await join(room, 'ada')
        await enter(ada, room)
        await view.untilUsers('ada')
        const cutAt = performance.now()
        ada.terminate()
        await view.untilUsers()
        expect(performance.now() - cutAt).toBeGreaterThan(LINGER_MS * 0.9)
      })

      it('not at all when it unsubscribes, or may not subscribe any more', async () => {
        const room = `staff-${randomUUID()}`
        const view = await MemberView.watch(await join(room, 'eve', 1, { role: 'staff' }), room)
        const clients: RawClient[] = []
        for (const user of ['ada', 'bob', 'cut']) {
          const client = await join(room, user, 0, { role: 'staff' })
          await enter(client, room)
          clients.push(client)
        }
        await view.untilUsers('ada', 'bob', 'cut')
        const [ada, bob, cut] = clients
        cut?.terminate()
        await ada?.call('unsubscribe', { channels: [room] })
        await bob?.call('refresh', { token: tokenFor('bob', { role: 'guest' }) })
        await view.untilUsers('cut')
        expect(view.contradictions).toEqual([])
      })

      it('not at all when the user leaves the conversation', async () => {
        const conversation = randomUUID()
        const channel = `conversation-${conversation}`
        const ada = await connect('ada')
        await ada.call('conversation.create', { conversation, name: 'Talk', members: ['bob'] })
        await ada.call('subscribe', { channels: [{ channel }] })
        const bob = await join(channel, 'bob', 1)
        await enter(bob, channel)
        const bobsView = await MemberView.watch(bob, channel)
        const view = await MemberView.watch(ada, channel)
        await view.untilUsers('bob')
        await bob.call('conversation.leave', { conversation })
        await view.untilUsers()
        await enter(ada, channel)
        await view.untilUsers('ada')
        await bob.call('ping', {})
        expect(bobsView.users).not.toContain('ada')
        await expect(enter(bob, channel)).rejects.toThrow('not_subscribed')
      })
    })

    it('refuses whom it must', async () => {
      const room = newRoom()
      const stranger = await connect('stranger')
      await expect(enter(stranger, room)).rejects.toThrow('not_subscribed')
      await expect(MemberView.watch(stranger, room)).rejects.toThrow('not_subscribed')
      const nobody = await join(room)
      await expect(enter(nobody, room)).rejects.toThrow('unauthorized')
      expect((await MemberView.watch(nobody, room)).users).toEqual([])
      const ada = await join(room, 'ada')
      await expect(enter(ada, room, 'x'.repeat(1_023))).rejects.toThrow('data_too_large')
      await enter(ada, room, 'x'.repeat(1_022))
      const view = await MemberView.watch(ada, room)
      await view.untilUsers('ada')
      // Leaving what was never entered changes nothing.
      await stranger.call('presence.leave', { channel: room })
      await stranger.call('presence.unwatch', { channels: [room] })
    })

    it('does in order what was sent in one go', async () => {
      const room = newRoom()
      const ada = await connect('ada')
      const commands = [
        { type: 'subscribe', channels: [{ channel: room }] },
        { type: 'presence.enter', channel: room, data: 1 },
        { type: 'presence.watch', channels: [room] },
        { type: 'presence.leave', channel: room },
        { type: 'presence.enter', channel: room, data: 2 },
      ]
      const lines = commands.map((command, index) => JSON.stringify({ id: 800 + index, ...command }))
      ada.socket.send(lines.join('\n'))
      for (const [index] of commands.entries()) {
        expect(await ada.answer(800 + index)).not.toHaveProperty('error')
      }
      const view = new MemberView(ada, room)
      await view.until(() => view.member('ada')?.data === 2, 'the last data')
      expect(view.contradictions).toEqual([])
    })

    it.each([1, 2, 3])(
      'is told without a loss or a contradiction around watching (seed %i)',
      async (seed) => {
        const room = newRoom()
        const random = new Random(seed)
        const users = await Promise.all(
          Array.from({ length: MANY }, (_, index) => join(room, `user-${index}`, index)),
        )
        const views: MemberView[] = []
        const entered = new Map<string, number>()
        const latest = new Map<RawClient, MemberView>()
        for (let step = 0; step < 150; step += 1) {
          const index = random.below(MANY)
          const client = users[index]
          if (client === undefined) throw new Error('unreachable')
          const chance = random.next()
          if (chance < 0.45) {
            entered.set(`user-${index}`, step)
            void enter(client, room, step)
          } else if (chance < 0.75) {
            entered.delete(`user-${index}`)
            void client.call('presence.leave', { channel: room })
          } else if (chance < 0.85) {
            latest.delete(client)
            await client.call('presence.unwatch', { channels: [room] })
            client.pushes.length = 0
          } else if (!latest.has(client)) {
            const view = await MemberView.watch(client, room)
            latest.set(client, view)
            views.push(view)
          } else await client.call('ping', {})
        }
        const truth = JSON.stringify(
          Object.fromEntries([...entered].sort(([one], [other]) => (one < other ? -1 : 1))),
        )
        for (const view of latest.values()) {
          await view.until(() => JSON.stringify(view.members) === truth, truth)
        }
        expect(views.length).toBeGreaterThan(3)
        for (const view of latest.values()) expect(view.contradictions).toEqual([])
        // Who has stopped watching hears no more.
        for (const client of users) if (!latest.has(client)) expect(client.pushes).toEqual([])
      },
    )
  },
)
