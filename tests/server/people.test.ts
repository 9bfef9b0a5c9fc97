// How users are, over the wire: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import type { PersonStatus } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import type { RawClient } from '../support/rawClient.ts'
import { eventually } from '../support/testDatabase.ts'

const LINGER_MS = 1_000

/** What a client was told of a user, in order. */
const told = (client: RawClient, user: string): PersonStatus[] =>
  client.pushes.flatMap((push) => (push.type === 'people' ? push.people.filter(({ id }) => id === user) : []))

type Expected = { readonly [Key in keyof PersonStatus]?: PersonStatus[Key] | undefined }

const untilStatus = async (client: RawClient, user: string, status: Expected) => {
  const matches = () => {
    const last = told(client, user).at(-1)
    return Object.entries(status).every(([key, value]) => last?.[key as keyof PersonStatus] === value)
  }
  await client.until(matches, `${user} to be ${JSON.stringify(status)}`)
}

overEveryCluster({ presence: { linger: LINGER_MS } }, (nodes) => {
  const connect = (user?: string, on = 0) => nodes().connect(user, on)
  const newUser = () => `user-${randomUUID()}`

  /** A client that watches users. */
  async function watcherOf(...users: string[]): Promise<RawClient> {
    const watcher = await connect(newUser(), 1)
    await watcher.call('people.watch', { users })
    return watcher
  }

  describe('a user', () => {
    it('is online, away and offline, by all connections together', async () => {
      const ada = newUser()
      const eve = await watcherOf(ada)
      expect(told(eve, ada)).toEqual([{ id: ada, status: 'offline' }])
      const first = await connect(ada)
      await untilStatus(eve, ada, { status: 'online' })
      const second = await connect(ada, 1)
      await first.call('people.status', { away: true })
      await second.call('people.status', { away: true })
      await untilStatus(eve, ada, { status: 'away' })
      await second.call('people.status', { away: false })
      await untilStatus(eve, ada, { status: 'online' })
      second.terminate()
      await untilStatus(eve, ada, { status: 'away' })
      const before = Date.now()
      first.terminate()
      await untilStatus(eve, ada, { status: 'offline' })
      expect(told(eve, ada).at(-1)?.lastSeenAt).toBeGreaterThanOrEqual(before)
      expect(told(eve, ada).map(({ status }) => status)).toEqual([
        'offline',
        'online',
        'away',
        'online',
        'away',
        'offline',
      ])
    })

    it('who comes back at once was never gone', async () => {
      const ada = newUser()
      const eve = await watcherOf(ada)
      const first = await connect(ada)
      await untilStatus(eve, ada, { status: 'online' })
      first.terminate()
      const second = await connect(ada, 1)
      await second.call('people.status', { away: true })
      await untilStatus(eve, ada, { status: 'away' })
      expect(told(eve, ada).map(({ status }) => status)).toEqual(['offline', 'online', 'away'])
    })

    it('was last seen when the last connection ended, as the database says too', async () => {
      const ada = newUser()
      const before = Date.now()
      const client = await connect(ada)
      client.terminate()
      const database = await nodes().database.connect()
      const seen = async () => {
        const { rows } = await database.query('select last_seen_at from nowcast.users where id = $1', [ada])
        return rows[0]?.last_seen_at?.getTime() ?? 0
      }
      await eventually(async () => (await seen()) >= before, 'the time to be written')
      const conversation = randomUUID()
      const eve = await connect(newUser(), 1)
      await eve.call('conversation.create', { conversation, name: 'Talk', members: [ada] })
      const { members } = await eve.call('conversation.members', { conversation })
      expect(members.find(({ id }) => id === ada)?.lastSeenAt).toBe(await seen())
      const late = await watcherOf(ada)
      await untilStatus(late, ada, { status: 'offline' })
      expect(told(late, ada).at(-1)?.lastSeenAt).toBeGreaterThanOrEqual(before)
    })

    it('says something of themselves, which outlives the connection', async () => {
      const ada = newUser()
      const eve = await watcherOf(ada)
      const client = await connect(ada)
      await client.call('people.status', { text: 'at lunch' })
      await untilStatus(eve, ada, { status: 'online', text: 'at lunch' })
      client.terminate()
      await untilStatus(eve, ada, { status: 'offline', text: 'at lunch' })
      const again = await connect(ada, 1)
      await untilStatus(eve, ada, { status: 'online', text: 'at lunch' })
      const late = await watcherOf(ada)
      expect(told(late, ada)).toEqual([{ id: ada, status: 'online', text: 'at lunch' }])
      const other = await connect(ada)
      await other.call('people.status', { text: 'back' })
      await untilStatus(eve, ada, { text: 'back' })
      await again.call('people.status', { text: null })
      await untilStatus(eve, ada, { text: undefined })
      // What the other node still remembers is old.
      await other.call('people.status', { away: true })
      await again.call('people.status', { away: true })
      for (const watcher of [eve, late, await watcherOf(ada)]) {
        await untilStatus(watcher, ada, { status: 'away', text: undefined })
      }
    })
  })

  describe('whoever watches', () => {
    it('hears of those they watch, and of nobody else', async () => {
      const [ada, bob] = [newUser(), newUser()]
      const eve = await watcherOf(ada, bob, ada)
      expect(eve.pushes.filter(({ type }) => type === 'people')).toHaveLength(1)
      await eve.call('people.unwatch', { users: [bob, 'never-watched'] })
      const other = await watcherOf(bob)
      await connect(bob)
      await connect(ada)
      await untilStatus(eve, ada, { status: 'online' })
      await untilStatus(other, bob, { status: 'online' })
      expect(told(eve, bob)).toHaveLength(1)
      expect(told(other, ada)).toHaveLength(0)
    })

    it('must be somebody, and watches only so many', async () => {
      const nobody = await connect()
      await expect(nobody.call('people.watch', { users: ['ada'] })).rejects.toThrow('unauthorized')
      await expect(nobody.call('people.status', { away: true })).rejects.toThrow('unauthorized')
      const eve = await connect(newUser())
      const users = (from: number) => Array.from({ length: 200 }, (_, index) => `someone-${from + index}`)
      for (let from = 0; from < 1_000; from += 200) await eve.call('people.watch', { users: users(from) })
      await expect(eve.call('people.watch', { users: ['one more'] })).rejects.toThrow(
        'too_many_subscriptions',
      )
      await eve.call('people.watch', { users: users(0) })
      await eve.call('people.unwatch', { users: ['someone-7'] })
      await eve.call('people.watch', { users: ['one more'] })
      await expect(eve.call('people.watch', { users: ['x'.repeat(129)] })).rejects.toThrow('invalid_command')
      const many = Array.from({ length: 201 }, (_, index) => `u${index}`)
      await expect(eve.call('people.watch', { users: many })).rejects.toThrow('invalid_command')
    })
  })

  it('is counted in /health', async () => {
    const ada = newUser()
    const [online, away] = [await connect(ada), await connect(newUser())]
    await away.call('people.status', { away: true })
    const room = `room-${randomUUID()}`
    await online.call('subscribe', { channels: [{ channel: room }] })
    await online.call('presence.enter', { channel: room })
    await online.call('typing.start', { channel: room })
    const health = await fetch(`${nodes().urls[0]}/health`)
    const { counts } = (await health.json()) as { counts: unknown }
    expect(counts).toMatchObject({
      presentUsers: 2,
      onlineUsers: 1,
      awayUsers: 1,
      activeRooms: 1,
      typingTimers: 1,
    })
    expect(await (await fetch(`${nodes().urls[0]}/metrics`)).text()).toContain('nowcast_typing_timers 1')
  })
})
