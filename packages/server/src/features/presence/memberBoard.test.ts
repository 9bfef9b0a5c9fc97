// What watchers are told adds up to who is there, whoever comes and goes while they begin and end watching; and large
// channels cost little.
import { isObject, type Json, type Push } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../core/connection.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { UnreliablePresence } from '../../testing/unreliablePresence.ts'
import { Entries } from './entries.ts'
import { toEntryName } from './entryName.ts'
import type { MemberBoardOptions } from './memberBoard.ts'
import { ChannelPresence } from './presence.ts'
import { Rosters } from './rosters.ts'

const ROOM = 'room'
const KEY = channelKey('1', ROOM)

/** Presence over a simulated clock, with clients that are subscribed to the one channel. */
function setUp(options: Partial<MemberBoardOptions> & { readonly maxListed: number }) {
  const clock = new SimulatedClock()
  const engine = new UnreliablePresence()
  const counts = { pushes: 0, bytes: 0 }
  const rosters = new Rosters(engine, clock)
  const entries = new Entries(engine, clock)
  const bounds = {
    sample: 5,
    countIntervalMs: 1_000,
    batchWindowMs: 50,
    maxDataBytes: 1_024,
    maxBytes: 500_000,
    lingerMs: 2_000,
  }
  const shared = { rosters, entries, clock, counts, options: { ...bounds, ...options } }
  const presence = new ChannelPresence({ ...shared, node: 'this' })
  /** Enters by another node; who watches watches here. */
  const elsewhere = new ChannelPresence({ ...shared, node: 'other' })
  const connect = (user: string) => {
    const client = new RecordingClient(clock)
    const connection: Connection = { ...client.connection, user: { id: user } }
    connection.subscriptions.set(KEY, { connection, index: 0 })
    const cut = (how: 'left' | 'disconnected') => {
      connection.subscriptions.delete(KEY)
      presence.unsubscribed(connection, KEY, how)
    }
    return { client, connection, cut }
  }
  return { clock, engine, counts, presence, elsewhere, connect }
}

/** The pushes that a client has received, in order. */
const pushesOf = (client: RecordingClient): Push[] =>
  client.writes
    .join('')
    .split('\n')
    .filter(Boolean)
    .flatMap((line): Push[] => {
      const value: unknown = JSON.parse(line)
      return isObject(value) && 'push' in value ? [value.push as Push] : []
    })

/** The members as pushes say them, with their data; throws when one contradicts another. */
function replay(pushes: readonly Push[]) {
  const users = new Map<string, Json | undefined>()
  let complete = false
  for (const push of pushes) {
    if (push.type === 'presence') {
      users.clear()
      complete = push.complete
      for (const { id, data } of push.members) users.set(id, data)
    } else if (push.type === 'presence.changed') {
      if (!complete) throw new Error('A change of a channel that is counted.')
      for (const { id, data } of push.joined ?? []) {
        if (users.has(id)) throw new Error(`${id} joined twice.`)
        users.set(id, data)
      }
      for (const { id, data } of push.updated ?? []) {
        if (!users.has(id) || users.get(id) === data) throw new Error(`${id} is not updated.`)
        users.set(id, data)
      }
      for (const id of push.left ?? []) if (!users.delete(id)) throw new Error(`${id} left twice.`)
      if (push.count !== users.size) throw new Error(`There are ${users.size}, not ${push.count}.`)
    }
  }
  return { users: sorted(users), complete }
}

const sorted = (users: ReadonlyMap<string, Json | undefined>) => [...users].sort()

describe('what watchers are told', () => {
  it('adds up, around watching and around the bound of what is listed', async () => {
    const user = fc.integer({ min: 0, max: 7 })
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('enter' as const),
          user,
          here: fc.boolean(),
          data: fc.nat(2),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('leave' as const), user, here: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('watch' as const), user }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('unwatch' as const), user }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('miss' as const), user }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('pass' as const),
          user: fc.integer({ min: 0, max: 3_000 }),
        }),
      },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(3, 5, 100),
        async (steps, maxListed) => {
          const { clock, engine, presence, elsewhere, connect } = setUp({ maxListed, sample: 2 })
          const people = Array.from({ length: 8 }, (_, index) => connect(`user-${index}`))
          const watchers = new Map<number, { client: RecordingClient; connection: Connection }>()
          /** What each user has entered, by node; the last one counts. */
          const entered = people.map(() => new Map<boolean, number>())
          for (const taken of steps) {
            const person = people[taken.user]
            if (taken.kind === 'pass') await clock.advance(taken.user)
            else if (person === undefined) throw new Error('unreachable')
            else if (taken.kind === 'enter') {
              await (taken.here ? presence : elsewhere).enter(person.connection, ROOM, taken.data)
              entered[taken.user]?.delete(taken.here)
              entered[taken.user]?.set(taken.here, taken.data)
              // Of two that were entered in the same millisecond, either may count.
              await clock.advance(1)
            } else if (taken.kind === 'leave') {
              await (taken.here ? presence : elsewhere).leave(person.connection, ROOM)
              entered[taken.user]?.delete(taken.here)
            } else if (taken.kind === 'miss') {
              engine.isDeaf = !engine.isDeaf
              if (!engine.isDeaf) engine.move(KEY)
            } else if (taken.kind === 'watch') {
              // One that watches anew has received nothing yet.
              const watcher = watchers.get(taken.user) ?? connect(`watcher-${taken.user}`)
              watchers.set(taken.user, watcher)
              await presence.watch(watcher.connection, ROOM)
            } else {
              const watcher = watchers.get(taken.user)
              if (watcher !== undefined) presence.unwatch(watcher.connection, ROOM)
              watchers.delete(taken.user)
            }
          }
          engine.isDeaf = false
          engine.move(KEY)
          await clock.advance(5_000)
          const isThere = new Map(
            entered.flatMap((data, index) =>
              data.size === 0 ? [] : [[`user-${index}`, [...data.values()].at(-1)]],
            ),
          )
          for (const { client } of watchers.values()) {
            const pushes = pushesOf(client)
            const { users, complete } = replay(pushes)
            const last = pushes.at(-1)
            if (complete) expect(users).toEqual(sorted(isThere))
            else expect(last).toMatchObject({ count: isThere.size })
            if (isThere.size > maxListed) expect(complete).toBe(false)
            if (isThere.size <= maxListed * 0.8) expect(complete).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('is nothing when who left comes back within the window', async () => {
    const { clock, presence, connect } = setUp({ maxListed: 100 })
    const [ada, eve] = [connect('ada'), connect('eve')]
    await presence.enter(ada.connection, ROOM, 1)
    await presence.watch(eve.connection, ROOM)
    await clock.advance(100)
    await presence.leave(ada.connection, ROOM)
    await presence.enter(ada.connection, ROOM, 1)
    await clock.advance(1_000)
    expect(pushesOf(eve.client)).toHaveLength(1)
    await presence.leave(ada.connection, ROOM)
    await presence.enter(ada.connection, ROOM, 2)
    await clock.advance(1_000)
    expect(pushesOf(eve.client).slice(1)).toMatchObject([{ updated: [{ id: 'ada', data: 2 }], count: 1 }])
  })
})

describe('a subscription that ends', () => {
  it.each(['left', 'disconnected'] as const)(
    'while entering or watching leaves nothing behind: %s',
    async (how) => {
      const { clock, engine, presence, connect } = setUp({ maxListed: 100 })
      const ada = connect('ada')
      const held = engine.holdSnapshot()
      const watching = presence.watch(ada.connection, ROOM)
      const entering = presence.enter(ada.connection, ROOM, 1)
      ada.cut(how)
      held.release()
      await entering
      await expect(watching).rejects.toMatchObject({ code: 'not_subscribed' })
      await clock.advance(60_000)
      expect((await engine.members(KEY)).members).toEqual([])
      expect(presence.counts).toEqual({ rooms: 0, activeRooms: 0 })
      expect(ada.client.writes).toEqual([])
    },
  )
})

describe('when presence is out of reach', () => {
  it('is said, and all is as it was', async () => {
    const { clock, engine, presence, connect } = setUp({ maxListed: 100 })
    const [ada, bob, eve] = [connect('ada'), connect('bob'), connect('eve')]
    await presence.enter(ada.connection, ROOM, 1)
    engine.isUp = false
    await expect(presence.enter(ada.connection, ROOM, 2)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(presence.enter(bob.connection, ROOM, 1)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(presence.watch(eve.connection, ROOM)).rejects.toMatchObject({ code: 'unavailable' })
    engine.isUp = true
    await presence.watch(eve.connection, ROOM)
    await clock.advance(1)
    expect(pushesOf(eve.client)).toMatchObject([{ count: 1, members: [{ id: 'ada', data: 1 }] }])
    bob.cut('left')
    ada.cut('left')
    await clock.advance(100)
    expect(pushesOf(eve.client).slice(1)).toMatchObject([{ left: ['ada'], count: 0 }])
  })
})

describe('a large channel', () => {
  it('is counted when its list would be too large, and listed when that fits again', async () => {
    const { clock, presence, connect } = setUp({ maxListed: 100, sample: 1, maxBytes: 5_000 })
    const [eve, late] = [connect('eve'), connect('late')]
    await presence.watch(eve.connection, ROOM)
    const members = Array.from({ length: 10 }, (_, index) => connect(`user-${index}`))
    for (const member of members) await presence.enter(member.connection, ROOM, 'x'.repeat(900))
    await clock.advance(5_000)
    expect(replay(pushesOf(eve.client))).toMatchObject({ complete: true })
    await presence.watch(late.connection, ROOM)
    await clock.advance(1)
    for (const { client } of [eve, late]) {
      expect(pushesOf(client).at(-1)).toMatchObject({ complete: false, count: 10, members: [{}] })
    }
    for (const member of members.slice(4)) await presence.leave(member.connection, ROOM)
    await clock.advance(5_000)
    for (const { client } of [eve, late]) {
      expect(replay(pushesOf(client)).users).toHaveLength(4)
      expect(replay(pushesOf(client)).complete).toBe(true)
    }
  })

  it('costs far fewer than n² pushes when 1,000 join one after another and leave at once', async () => {
    const { clock, counts, presence, connect } = setUp({ maxListed: 100, sample: 10 })
    const members = []
    for (let index = 0; index < 1_000; index += 1) {
      const member = connect(`user-${index}`)
      members.push(member)
      await presence.watch(member.connection, ROOM)
      await presence.enter(member.connection, ROOM, undefined)
      await clock.advance(20)
    }
    await clock.advance(2_000)
    // Up to 100 members everybody hears of everybody; after that of a count each second.
    expect(counts.pushes).toBeLessThan(20_000)
    expect(replay(pushesOf(members[0]?.client ?? connect('nobody').client)).complete).toBe(false)
    const before = counts.pushes
    for (const member of members) member.cut('disconnected')
    await clock.advance(10_000)
    expect(counts.pushes - before).toBe(0)
  })
})

describe('a member of another name than the connection', () => {
  const enter = async (presence: ChannelPresence, { connection }: { connection: Connection }, id: string) =>
    presence.enterAs(connection, ROOM, { id }, { color: 'red' })

  it('is who was entered, for one channel and as long as the subscription', async () => {
    const { clock, engine, presence, connect } = setUp({ maxListed: 100 })
    const [ada, bob] = [connect('ada'), connect('bob')]
    await enter(presence, ada, 'guest')
    await enter(presence, bob, 'guest')
    presence.refreshed(ada.connection)
    presence.refreshed(bob.connection)
    ada.cut('left')
    expect((await engine.members(KEY)).members).toMatchObject([{ user: toEntryName('guest', 'this') }])
    await enter(presence, bob, 'other')
    await clock.advance(1)
    expect((await engine.members(KEY)).members).toMatchObject([{ user: toEntryName('other', 'this') }])
    bob.cut('disconnected')
    expect((await engine.members(KEY)).members).toHaveLength(1)
    await clock.advance(2_000)
    expect((await engine.members(KEY)).members).toEqual([])
    expect(presence.counts).toEqual({ rooms: 0, activeRooms: 0 })
  })

  it('keeps what a new token says of the connection to itself', async () => {
    const { clock, presence, connect } = setUp({ maxListed: 100 })
    const [ada, eve] = [connect('ada'), connect('eve')]
    await presence.watch(eve.connection, ROOM)
    const renamed: Connection = ada.connection
    await presence.enterAs(renamed, ROOM, { id: 'ada', name: 'Signed' }, undefined)
    await clock.advance(100)
    presence.refreshed(renamed)
    await clock.advance(100)
    expect(pushesOf(eve.client).slice(1)).toMatchObject([{ joined: [{ id: 'ada', name: 'Signed' }] }])
  })
})

describe('watching from the own joining on', () => {
  it('begins with it, and costs the others nothing more', async () => {
    const { clock, presence, connect } = setUp({ maxListed: 100 })
    const [eve, ada, bob] = [connect('eve'), connect('ada'), connect('bob')]
    for (const person of [eve, ada, bob]) {
      const id = person.connection.user?.id ?? ''
      await presence.enterAs(person.connection, ROOM, { id }, undefined)
    }
    const watching = presence.watchTold(eve.connection, ROOM, 'eve')
    await clock.advance(0)
    await watching
    expect(pushesOf(eve.client)).toMatchObject([{ type: 'presence', count: 3 }])
    await clock.advance(100)
    const zoe = connect('zoe')
    await presence.enterAs(zoe.connection, ROOM, { id: 'zoe' }, undefined)
    let isTold = false
    const told = presence.watchTold(zoe.connection, ROOM, 'zoe').then(() => {
      isTold = true
    })
    await clock.advance(49)
    expect(isTold).toBe(false)
    await clock.advance(1)
    await told
    await clock.advance(1_000)
    expect(pushesOf(eve.client).slice(1)).toMatchObject([{ joined: [{ id: 'zoe' }], count: 4 }])
    expect(pushesOf(zoe.client)).toMatchObject([{ type: 'presence', count: 4 }])
  })

  it('is the same for whoever enters at whatever moment: every other joining once, the own one never', async () => {
    const arrivals = fc.array(fc.nat(60), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(arrivals, async (delays) => {
        const { clock, presence, connect } = setUp({ maxListed: 100 })
        const people: ReturnType<typeof connect>[] = []
        const watching: Promise<void>[] = []
        for (const [index, delay] of delays.entries()) {
          const person = connect(`user-${index}`)
          people.push(person)
          await presence.enterAs(person.connection, ROOM, { id: `user-${index}` }, undefined)
          watching.push(presence.watchTold(person.connection, ROOM, `user-${index}`))
          await clock.advance(delay)
        }
        await clock.advance(100)
        await Promise.all(watching)
        for (const [index, { client }] of people.entries()) {
          const pushes = pushesOf(client)
          const first = pushes[0]
          if (first?.type !== 'presence') throw new Error('No greeting.')
          expect(first.members.map(({ id }) => id)).toContain(`user-${index}`)
          expect(replay(pushes).users).toHaveLength(people.length)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('goes on without it when it does not come, and ends with the subscription', async () => {
    const { clock, engine, presence, connect } = setUp({ maxListed: 100 })
    const [eve, ada] = [connect('eve'), connect('ada')]
    await presence.watch(eve.connection, ROOM)
    engine.isDeaf = true
    await presence.enterAs(ada.connection, ROOM, { id: 'ada' }, undefined)
    const slow = presence.watchTold(ada.connection, ROOM, 'ada')
    await clock.advance(2_000)
    await slow
    expect(pushesOf(ada.client)).toMatchObject([{ type: 'presence', count: 0 }])
    const bob = connect('bob')
    await presence.enterAs(bob.connection, ROOM, { id: 'bob' }, undefined)
    const ended = presence.watchTold(bob.connection, ROOM, 'bob')
    bob.cut('left')
    const refused = expect(ended).rejects.toMatchObject({ code: 'not_subscribed' })
    await clock.advance(2_000)
    await refused
    expect(pushesOf(bob.client)).toEqual([])
  })
})

describe('a channel whose members are limited', () => {
  it('has room for the first ones and for those who are members', async () => {
    const { clock, presence, elsewhere, connect } = setUp({ maxListed: 100 })
    const enter = async (node: ChannelPresence, id: string) => {
      await node.enterAs(connect(id).connection, ROOM, { id }, undefined)
      await clock.advance(1)
    }
    const room = (id: string) => presence.roomFor(KEY, id, 2)
    expect(await room('ada')).toBe(true)
    await enter(presence, 'ada')
    await enter(elsewhere, 'bob')
    expect([await room('ada'), await room('bob'), await room('eve')]).toEqual([true, true, false])
    // One who entered between question and answer of another.
    await enter(elsewhere, 'eve')
    expect([await room('ada'), await room('bob'), await room('eve')]).toEqual([true, true, false])
  })
})
