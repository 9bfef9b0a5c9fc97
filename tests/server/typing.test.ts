// Who types on a channel, over the wire: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import type { Push } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import type { RawClient } from '../support/rawClient.ts'
import { eventually } from '../support/testDatabase.ts'

const EXPIRY_MS = 3_000
const LISTED = 3
const MANY = 20

const newRoom = () => `room-${randomUUID()}`
const start = (client: RawClient, channel: string) => client.call('typing.start', { channel })

/** Everything that a client was told of who types on a channel. */
const told = (client: RawClient, channel: string): Extract<Push, { type: 'typing' }>[] =>
  client.pushes.filter((push) => push.type === 'typing').filter((push) => push.channel === channel)

const namesOf = (client: RawClient, channel: string) =>
  told(client, channel)
    .at(-1)
    ?.users.map(({ id }) => id)
    .join()

const untilTyping = (client: RawClient, channel: string, ...users: string[]) =>
  client.until(
    () => namesOf(client, channel) === users.join() && told(client, channel).at(-1)?.count === users.length,
    `${users.join() || 'nobody'} to type`,
  )

overEveryCluster(
  { typing: { expiry: EXPIRY_MS, maxListed: LISTED, batchWindow: 50 }, presence: { linger: 30_000 } },
  (nodes) => {
    const join = (channel: string, user?: string, on = 0, claims = {}) =>
      nodes().join(channel, user, on, claims)

    async function watcherOf(room: string, user = 'eve', on = 1): Promise<RawClient> {
      const watcher = await join(room, user, on)
      const { channels } = await watcher.call('typing.watch', { channels: [room] })
      expect(channels).toEqual([{ channel: room }])
      return watcher
    }

    it('is told when it begins and when it stops, by name and picture', async () => {
      const room = newRoom()
      const eve = await watcherOf(room)
      expect(told(eve, room)).toEqual([{ type: 'typing', channel: room, users: [], count: 0 }])
      const ada = await join(room, 'ada', 0, { name: 'Ada', avatar: 'https://a.example/a.png' })
      await start(ada, room)
      await untilTyping(eve, room, 'ada')
      expect(told(eve, room).at(-1)?.users).toEqual([
        { id: 'ada', name: 'Ada', avatar: 'https://a.example/a.png' },
      ])
      // Saying so again is nothing new.
      for (let again = 0; again < 5; again += 1) await start(ada, room)
      await ada.call('typing.stop', { channel: room })
      await untilTyping(eve, room)
      expect(told(eve, room)).toHaveLength(3)
    })

    it('ends by itself, unless it is said again', async () => {
      const room = newRoom()
      const eve = await watcherOf(room)
      const [ada, bob] = [await join(room, 'ada'), await join(room, 'bob', 1)]
      await start(ada, room)
      await untilTyping(eve, room, 'ada')
      await start(bob, room)
      await untilTyping(eve, room, 'ada', 'bob')
      const saying = setInterval(() => void start(ada, room), EXPIRY_MS / 5)
      const since = performance.now()
      await untilTyping(eve, room, 'ada')
      clearInterval(saying)
      expect(performance.now() - since).toBeGreaterThan(EXPIRY_MS / 2)
      await untilTyping(eve, room)
    })

    it('ends at once with the link, the subscription, and the last of several tabs', async () => {
      const room = newRoom()
      const eve = await watcherOf(room)
      const [ada, bob] = [await join(room, 'ada'), await join(room, 'bob', 1)]
      const tabs = [await join(room, 'cyd'), await join(room, 'cyd')]
      for (const client of [ada, bob, ...tabs]) {
        await start(client, room)
        await eve.until(() => told(eve, room).length > 1, 'somebody to type')
      }
      await untilTyping(eve, room, 'ada', 'bob', 'cyd')
      ada.terminate()
      await untilTyping(eve, room, 'bob', 'cyd')
      await tabs[0]?.call('typing.stop', { channel: room })
      await bob.call('unsubscribe', { channels: [room] })
      await untilTyping(eve, room, 'cyd')
      tabs[1]?.terminate()
      await untilTyping(eve, room)
    })

    it('ends when the message is sent, and is remembered for the member', async () => {
      const conversation = randomUUID()
      const channel = `conversation-${conversation}`
      const ada = await nodes().connect('ada')
      await ada.call('conversation.create', { conversation, name: 'Talk', members: ['eve'] })
      await ada.call('subscribe', { channels: [{ channel }] })
      const eve = await watcherOf(channel)
      await start(ada, channel)
      await untilTyping(eve, channel, 'ada')
      const sending = setInterval(() => void start(eve, channel), EXPIRY_MS / 5)
      await ada.call('conversation.send', { conversation, messageId: 'm', body: 'hello' })
      await eve.until(() => !namesOf(eve, channel)?.includes('ada'), 'the end of typing')
      clearInterval(sending)
      const database = await nodes().database.connect()
      const typed = `select m.user_id from nowcast.members m join nowcast.conversations c on c.key = m.conversation
        where c.id = $1 and m.last_typing_at > now() - interval '1 minute' order by m.user_id`
      await eventually(
        async () =>
          (await database.query(typed, [conversation])).rows.some(({ user_id }) => user_id === 'ada'),
        'the time to be written',
      )
    })

    it('of many is told by the first of them and how many they are, in few frames', async () => {
      const room = newRoom()
      const eve = await watcherOf(room)
      const far = await watcherOf(room, 'far', 0)
      const first = await join(room, 'first')
      await start(first, room)
      await untilTyping(eve, room, 'first')
      const users = Array.from({ length: MANY }, (_, index) => `user-${index}`)
      const clients = await Promise.all(users.map((user, index) => join(room, user, index)))
      await start(first, room)
      const before = told(eve, room).length
      const startedAt = performance.now()
      await Promise.all(clients.map((client) => start(client, room)))
      for (const watcher of [eve, far]) {
        await watcher.until(() => told(watcher, room).at(-1)?.count === MANY + 1, 'everybody to type')
        expect(told(watcher, room).at(-1)?.users).toHaveLength(LISTED)
        expect(told(watcher, room).at(-1)?.users[0]?.id).toBe('first')
      }
      expect(told(eve, room).at(-1)).toEqual(told(far, room).at(-1))
      const windows = Math.ceil((performance.now() - startedAt) / 50)
      expect(told(eve, room).length - before).toBeLessThanOrEqual(windows)
      // Whoever comes late is told the same.
      const late = await watcherOf(room, 'late')
      expect(told(late, room)[0]).toEqual(told(eve, room).at(-1))
    })

    it('refuses whom it must, and tells nobody who did not ask', async () => {
      const room = newRoom()
      const stranger = await nodes().connect('stranger')
      await expect(start(stranger, room)).rejects.toThrow('not_subscribed')
      const { channels } = await stranger.call('typing.watch', { channels: [room] })
      expect(channels).toMatchObject([{ channel: room, error: { code: 'not_subscribed' } }])
      const nobody = await join(room)
      await expect(start(nobody, room)).rejects.toThrow('unauthorized')
      const eve = await watcherOf(room)
      await eve.call('typing.unwatch', { channels: [room] })
      const ada = await watcherOf(room, 'ada')
      await start(ada, room)
      await untilTyping(ada, room, 'ada')
      await eve.call('ping', {})
      expect(told(eve, room)).toHaveLength(1)
      // Where it is kept is no channel that anybody could listen to.
      const { channels: secret } = await eve.call('subscribe', {
        channels: [{ channel: `~typing/${room}` }, { channel: '~people' }],
      })
      for (const result of secret) expect(result).toMatchObject({ error: { code: 'invalid_channel' } })
    })
  },
)
