// How users are adds up for everybody who watches, whoever comes and goes; and what lasts reaches the database.
import { isObject, NowcastError, type PersonStatus } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../core/connection.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { createLogger } from '../../foundation/log.ts'
import type { Seen, UserFacts } from '../../store/store.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { UnreliablePresence } from '../../testing/unreliablePresence.ts'
import { Entries } from '../presence/entries.ts'
import { toEntryName } from '../presence/entryName.ts'
import { Rosters } from '../presence/rosters.ts'
import { People } from './people.ts'

const LINGER_MS = 2_000
const PLACE = channelKey('1', '~people')

/** What lasts, in memory; reading can be held up and refused. */
class ScriptedStore {
  isUp = true
  readonly seen = new Map<string, number>()
  readonly texts = new Map<string, string | null>()
  statements = 0
  #changes = 0
  #held: Promise<void> | undefined

  holdFacts(): { release(): void } {
    let release = () => {}
    this.#held = new Promise((resolve) => {
      release = resolve
    })
    return { release: () => release() }
  }

  async facts(_app: string, users: readonly string[]): Promise<ReadonlyMap<string, UserFacts>> {
    this.#requireUp()
    const facts = new Map<string, UserFacts>()
    for (const user of users) {
      const [text, lastSeenAt] = [this.texts.get(user), this.seen.get(user)]
      facts.set(user, {
        ...(typeof text === 'string' ? { text } : {}),
        ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
      })
    }
    const held = this.#held
    this.#held = undefined
    await held
    return facts
  }

  async setStatusText(_app: string, user: string, text: string | null): Promise<number> {
    this.#requireUp()
    this.texts.set(user, text)
    this.#changes += 1
    return this.#changes
  }

  async rememberSeen(_app: string, seen: readonly Seen[]): Promise<void> {
    this.#requireUp()
    this.statements += 1
    for (const { user, at } of seen) this.seen.set(user, at)
  }

  #requireUp(): void {
    if (!this.isUp) throw new NowcastError('unavailable', 'The database is out of reach.')
  }
}

function setUp() {
  const clock = new SimulatedClock()
  const engine = new UnreliablePresence()
  const store = new ScriptedStore()
  const rosters = new Rosters(engine, clock)
  const entries = new Entries(engine, clock)
  const people = new People({
    app: '1',
    node: 'this',
    store,
    rosters,
    entries,
    clock,
    log: createLogger('silent'),
    counts: { pushes: 0, bytes: 0 },
    options: { batchWindowMs: 50, lingerMs: LINGER_MS },
  })
  const connect = (user: string) => {
    const client = new RecordingClient(clock)
    const connection: Connection = { ...client.connection, user: { id: user } }
    people.connected(connection)
    return { client, connection }
  }
  return { clock, engine, store, rosters, people, connect }
}

/** Everything a client was told of users, in order. */
const told = (client: RecordingClient): PersonStatus[] =>
  client.writes
    .join('')
    .split('\n')
    .filter(Boolean)
    .flatMap((line): PersonStatus[] => {
      const value: unknown = JSON.parse(line)
      return isObject(value) && isObject(value.push) ? (value.push.people as unknown as PersonStatus[]) : []
    })

const newest = (client: RecordingClient) => {
  const people: Record<string, PersonStatus> = {}
  for (const status of told(client)) people[status.id] = status
  return people
}

describe('people', () => {
  it('are told as they are, whatever happens', async () => {
    const user = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('connect' as const, 'disconnect' as const), user }),
      fc.record({ kind: fc.constantFrom('away' as const, 'active' as const), user }),
      fc.record({ kind: fc.constantFrom('watch' as const, 'unwatch' as const), user }),
      fc.record({ kind: fc.constant('say' as const), user, text: fc.constantFrom('x', 'y', null) }),
      fc.record({ kind: fc.constantFrom('miss' as const, 'heal' as const), user }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3_000 }), user }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const { clock, engine, store, people, connect } = setUp()
        const connections = new Map<string, { connection: Connection; away: boolean }[]>()
        const first = connect('watcher')
        let watcher = first
        const watched = new Set<string>()
        for (const taken of steps) {
          const own = connections.get(taken.user) ?? []
          connections.set(taken.user, own)
          const last = own.at(-1)
          if (taken.kind === 'connect') own.push({ ...connect(taken.user), away: false })
          else if (taken.kind === 'pass') await clock.advance(taken.ms)
          else if (taken.kind === 'miss') engine.isDeaf = true
          else if (taken.kind === 'heal') {
            engine.isDeaf = false
            engine.move(PLACE)
          } else if (taken.kind === 'watch') {
            watched.add(taken.user)
            await people.watch(watcher.connection, [taken.user])
          } else if (taken.kind === 'unwatch') {
            // One connection ends and another one watches.
            people.disconnected(watcher.connection)
            watched.clear()
            watcher = connect('watcher')
          } else if (last === undefined) continue
          else if (taken.kind === 'disconnect') {
            own.pop()
            people.disconnected(last.connection)
          } else if (taken.kind === 'say') {
            await people.setStatus(last.connection, { text: taken.text })
          } else {
            last.away = taken.kind === 'away'
            await people.setStatus(last.connection, { away: last.away })
          }
        }
        engine.isDeaf = false
        engine.move(PLACE)
        await clock.advance(10_000)
        const seen = newest(watcher.client)
        expect(new Set(Object.keys(seen))).toEqual(watched)
        for (const name of watched) {
          const own = connections.get(name) ?? []
          const status =
            own.length === 0 ? 'offline' : own.every(({ away }) => away) ? ('away' as const) : 'online'
          const text = store.texts.get(name)
          expect(seen[name]).toMatchObject({ status, ...(typeof text === 'string' ? { text } : {}) })
          if (typeof text !== 'string') expect(seen[name]).not.toHaveProperty('text')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are known to be online or not while that is acquired', async () => {
    const { clock, people, connect } = setUp()
    const release = await people.acquire()
    expect(people.isOnline('ada')).toBe(false)
    const { connection } = connect('ada')
    await clock.advance(1)
    expect(people.isOnline('ada')).toBe(true)
    await people.setStatus(connection, { away: true })
    await clock.advance(1)
    expect(people.isOnline('ada')).toBe(true)
    people.disconnected(connection)
    await clock.advance(LINGER_MS + 1)
    expect(people.isOnline('ada')).toBe(false)
    release()
  })

  it('are followed only while somebody wants to know', async () => {
    const { clock, rosters, people, connect } = setUp()
    const { connection } = connect('eve')
    await clock.advance(1)
    expect(rosters.size).toBe(0)
    await people.watch(connection, ['ada'])
    await people.watch(connection, ['bob'])
    people.unwatch(connection, ['ada'])
    await clock.advance(60_000)
    expect(rosters.size).toBe(1)
    people.unwatch(connection, ['bob'])
    await clock.advance(60_000)
    expect(rosters.size).toBe(0)
  })

  it('are not told to a connection that has ended meanwhile', async () => {
    const { clock, store, rosters, people, connect } = setUp()
    const { client, connection } = connect('eve')
    const held = store.holdFacts()
    const watching = people.watch(connection, ['ada'])
    await clock.advance(1)
    people.disconnected(connection)
    held.release()
    await watching
    await clock.advance(60_000)
    expect(client.writes).toEqual([])
    expect(rosters.size).toBe(0)
  })

  it('can not be watched while that can not be known, and leave nothing behind', async () => {
    const { clock, engine, store, rosters, people, connect } = setUp()
    const { client, connection } = connect('eve')
    engine.isUp = false
    await expect(people.watch(connection, ['ada'])).rejects.toMatchObject({ code: 'unavailable' })
    engine.isUp = true
    store.isUp = false
    await expect(people.watch(connection, ['ada'])).rejects.toMatchObject({ code: 'unavailable' })
    await clock.advance(60_000)
    expect(rosters.size).toBe(0)
    store.isUp = true
    await people.watch(connection, ['ada'])
    await clock.advance(100)
    expect(told(client)).toEqual([{ id: 'ada', status: 'offline' }])
  })

  it('say what they say, though the database answers late', async () => {
    const { clock, store, people, connect } = setUp()
    const [ada, eve] = [connect('ada'), connect('eve')]
    store.texts.set('ada', 'old')
    const held = store.holdFacts()
    const watching = people.watch(eve.connection, ['ada'])
    await clock.advance(1)
    await people.setStatus(ada.connection, { text: 'new' })
    await clock.advance(100)
    held.release()
    await watching
    await clock.advance(100)
    expect(newest(eve.client)).toEqual({ ada: { id: 'ada', status: 'online', text: 'new' } })
  })

  it('say what they said last, though nobody here heard it', async () => {
    const { clock, engine, people, connect } = setUp()
    const [ada, eve] = [connect('ada'), connect('eve')]
    await people.watch(eve.connection, ['ada'])
    await people.setStatus(ada.connection, { text: 'here' })
    await clock.advance(100)
    engine.isDeaf = true
    await people.setStatus(ada.connection, { text: 'gone' })
    people.disconnected(ada.connection)
    await clock.advance(LINGER_MS * 2)
    engine.isDeaf = false
    engine.move(PLACE)
    await clock.advance(1_000)
    expect(newest(eve.client).ada).toMatchObject({ status: 'offline', text: 'gone' })
  })

  it('are entered as soon as presence is in reach', async () => {
    const { clock, engine, connect } = setUp()
    engine.isUp = false
    connect('ada')
    await clock.advance(3_000)
    engine.isUp = true
    await clock.advance(10_000)
    expect((await engine.members(PLACE)).members).toHaveLength(1)
  })
})

describe('when users were last seen', () => {
  it('is written when they come and go, and now and then for all, in few statements', async () => {
    const { clock, store, people, connect } = setUp()
    people.start()
    const cameAt = clock.now()
    const clients = Array.from({ length: 50 }, (_, index) => connect(`user-${index}`))
    await clock.advance(1_000)
    expect([store.statements, store.seen.size]).toEqual([1, 50])
    expect(store.seen.get('user-49')).toBe(cameAt)
    const goneAt = clock.now()
    for (const { connection } of clients.slice(0, 20)) people.disconnected(connection)
    await clock.advance(5_000)
    expect(store.statements).toBe(2)
    expect([store.seen.get('user-0'), store.seen.get('user-49')]).toEqual([goneAt, cameAt])
    await clock.advance(300_000)
    expect(store.statements).toBe(3)
    expect(store.seen.get('user-0')).toBe(goneAt)
    expect(store.seen.get('user-49')).toBeGreaterThan(goneAt)
    await people.stop()
    expect(store.statements).toBe(4)
    expect(store.seen.get('user-49')).toBe(clock.now())
  })

  it('is not the end of one connection of several', async () => {
    const { clock, store, people, connect } = setUp()
    const cameAt = clock.now()
    const [one] = [connect('ada'), connect('ada')]
    await clock.advance(5_000)
    people.disconnected(one.connection)
    await clock.advance(5_000)
    expect([store.statements, store.seen.get('ada')]).toEqual([1, cameAt])
  })
})

describe('another connection of a user', () => {
  it('is one on this node, whatever has become of the first', async () => {
    const { clock, people, connect } = setUp()
    const { connection: first } = connect('ada')
    expect(people.mayHaveOther(first)).toBe(true)
    await clock.advance(0)
    expect(people.mayHaveOther(first)).toBe(false)
    const { connection: second } = connect('ada')
    expect(people.mayHaveOther(first)).toBe(true)
    people.disconnected(first)
    expect(people.mayHaveOther(first)).toBe(true)
    expect(people.mayHaveOther(second)).toBe(false)
  })

  it('is one on another node', async () => {
    const { clock, engine, people, connect } = setUp()
    const { connection } = connect('ada')
    people.mayHaveOther(connection)
    await clock.advance(0)
    await engine.enter(PLACE, toEntryName('bob', 'that'), {})
    expect(people.mayHaveOther(connection)).toBe(false)
    await engine.enter(PLACE, toEntryName('ada', 'that'), {})
    expect(people.mayHaveOther(connection)).toBe(true)
    await engine.leave(PLACE, toEntryName('ada', 'that'))
    expect(people.mayHaveOther(connection)).toBe(false)
  })

  it('may exist as long as that is not known', async () => {
    const { clock, engine, people, connect } = setUp()
    const { connection } = connect('ada')
    engine.isUp = false
    expect(people.mayHaveOther(connection)).toBe(true)
    await clock.advance(1_000)
    engine.isUp = true
    expect(people.mayHaveOther(connection)).toBe(true)
    await clock.advance(2_000)
    expect(people.mayHaveOther(connection)).toBe(true)
    await clock.advance(0)
    expect(people.mayHaveOther(connection)).toBe(false)
    // Others may not have been entered again yet.
    engine.move(PLACE)
    await clock.advance(5_000)
    expect(people.mayHaveOther(connection)).toBe(true)
    await clock.advance(2_000)
    expect(people.mayHaveOther(connection)).toBe(false)
    await people.stop()
  })
})
