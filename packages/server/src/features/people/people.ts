// How users are, anywhere in the cluster: online while one of their connections is active, away while none is, offline
// without one. Any signed-in user may watch any other of the app.
import { type Commands, NowcastError } from '@nowcast/protocol'
import type { Connection, User } from '../../core/connection.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Seen, Store } from '../../store/store.ts'
import type { PushCounts } from '../presence/audience.ts'
import type { Entries } from '../presence/entries.ts'
import type { Rosters } from '../presence/rosters.ts'
import { WriteBehind } from '../presence/writeBehind.ts'
import { ConnectedUsers } from './connectedUsers.ts'
import { Everybody } from './everybody.ts'
import { WatchedPeople } from './watchedPeople.ts'

/** What people work with. */
export interface PeopleParts {
  readonly app: string
  /** This node's name. */
  readonly node: string
  readonly store: Pick<Store, 'facts' | 'setStatusText' | 'rememberSeen'>
  readonly rosters: Rosters
  readonly entries: Entries
  readonly clock: Clock
  readonly log: Logger
  readonly counts: PushCounts
  readonly options: {
    /** How long changes wait to travel together. */
    readonly batchWindowMs: number
    /** How long a user stays whose last connection ended. */
    readonly lingerMs: number
  }
}

/** Users that one connection watches. */
const MAX_WATCHED = 1_000
const FACTS_CHUNK = 500
const RETRY_MS = 2_000
const SEEN_DELAY_MS = 1_000
/** How often it is written down who is still connected: a crash forgets no more. */
const SEEN_INTERVAL_MS = 300_000

/** The people of one app. */
export class People {
  readonly #parts: PeopleParts
  readonly #connected: ConnectedUsers
  readonly #everybody: Everybody
  readonly #watched: WatchedPeople
  readonly #seen: WriteBehind<Seen>
  /** For each connection that watches: ends following everybody for its sake. */
  readonly #held = new Map<Connection, () => void>()
  /** True once everybody is followed for good, or that is under way. */
  #follows = false
  #followNotBefore = 0
  #seeing: Timer | undefined
  #reading: Timer | undefined
  #stopped = false

  constructor(parts: PeopleParts) {
    const { app, node, store, rosters, entries, clock, log, counts, options } = parts
    const { batchWindowMs, lingerMs } = options
    this.#parts = parts
    this.#seen = new WriteBehind({
      clock,
      log,
      delayMs: SEEN_DELAY_MS,
      what: 'when users were last seen',
      write: (seen) => store.rememberSeen(app, seen),
    })
    this.#connected = new ConnectedUsers({
      node,
      entries,
      clock,
      lingerMs,
      gone: (user) => this.#see(user),
    })
    this.#everybody = new Everybody({
      place: placeOf(app),
      rosters,
      clock,
      listener: {
        changed: (user, said) => {
          if (this.#everybody.availability(user) === 'offline') this.#watched.noteSeen(user)
          this.#watched.noteChange(user, said)
        },
        missed: () => void this.#readAgain(),
      },
    })
    const availability = (user: string) => this.#everybody.availability(user)
    this.#watched = new WatchedPeople({ clock, counts, batchWindowMs, availability })
  }

  /** Users of this node's connections. */
  get counts(): ConnectedUsers['counts'] {
    return this.#connected.counts
  }

  /** Begins to write down, now and then, who is connected. */
  start(): void {
    const { clock } = this.#parts
    this.#seeing = clock.after(SEEN_INTERVAL_MS, () => {
      this.#seeEverybody()
      this.start()
    })
  }

  /** Takes in a connection's user. */
  connected(connection: Connection): void {
    if (connection.user === undefined || this.#stopped) return
    const { id } = connection.user
    this.#connected.connected(connection, id, placeOf(connection.app))
    // Should this node die, it is known that they were here.
    this.#see(id)
  }

  /** Lets a connection's user go, and ends what it watched. */
  disconnected(connection: Connection): void {
    this.unwatch(connection)
    if (connection.user !== undefined) this.#connected.disconnected(connection, connection.user.id)
  }

  /**
   * The user says something else of themselves, or is active on this connection or not.
   * @throws NowcastError `unauthorized`, `unavailable`
   */
  async setStatus(connection: Connection, { text, away }: Commands['people.status']): Promise<void> {
    const user = signedIn(connection)
    if (away !== undefined) this.#connected.setAway(connection, user.id, away)
    if (text === undefined) return
    const { app, store } = this.#parts
    const said = text === '' ? null : text
    this.#connected.say(user.id, said, await store.setStatusText(app, user.id, said))
  }

  /**
   * From when this resolves, the connection has been told how these users are, and hears of every change.
   * @throws NowcastError `unauthorized`, `too_many_subscriptions`, `unavailable`
   */
  async watch(connection: Connection, users: readonly string[]): Promise<void> {
    signedIn(connection)
    if (this.#watched.countWith(connection, users) > MAX_WATCHED) {
      throw new NowcastError(
        'too_many_subscriptions',
        `A connection watches at most ${MAX_WATCHED} people.`,
        { field: 'users' },
      )
    }
    const { added, unknown } = this.#watched.add(connection, users)
    let release = () => {}
    try {
      release = await this.#everybody.acquire()
      await this.#read(unknown)
    } catch (error) {
      release()
      this.unwatch(connection, added)
      throw error
    }
    // It may have ended meanwhile, or watch nobody any more.
    if (this.#watched.greet(connection, users) && !this.#held.has(connection)) {
      this.#held.set(connection, release)
    } else release()
  }

  /** The connection hears of these users no more; of nobody when none are given. */
  unwatch(connection: Connection, users?: readonly string[]): void {
    if (!this.#watched.remove(connection, users)) return
    this.#held.get(connection)?.()
    this.#held.delete(connection)
  }

  /**
   * From when this resolves until the answer is called, `isOnline` is right.
   * @throws NowcastError `unavailable`
   */
  acquire(): Promise<() => void> {
    return this.#everybody.acquire()
  }

  /** Whether a user has a connection anywhere, active or not; right while it is acquired. */
  isOnline(user: string): boolean {
    return this.#everybody.availability(user) !== 'offline'
  }

  /**
   * Whether a connection's user has, or may have, another connection, here or on another node. From the first question on
   * everybody is followed; until that works, everybody may have one.
   */
  mayHaveOther(connection: Connection): boolean {
    const { user } = connection
    if (user === undefined) return false
    this.#follow()
    if (this.#connected.hasOther(connection, user.id)) return true
    return this.#everybody.mayBeElsewhere(user.id, this.#parts.node)
  }

  /** Ends everything, and writes down who was connected until now. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#seeing?.cancel()
    this.#reading?.cancel()
    this.#seeEverybody()
    this.#connected.stop()
    this.#watched.stop()
    this.#everybody.stop()
    await this.#seen.stop()
  }

  #follow(): void {
    const now = this.#parts.clock.now()
    if (this.#follows || this.#stopped || now < this.#followNotBefore) return
    this.#follows = true
    this.#everybody.acquire().catch(() => {
      this.#follows = false
      this.#followNotBefore = this.#parts.clock.now() + RETRY_MS
    })
  }

  async #read(users: readonly string[]): Promise<void> {
    const { app, store } = this.#parts
    for (let start = 0; start < users.length; start += FACTS_CHUNK) {
      const some = users.slice(start, start + FACTS_CHUNK)
      this.#watched.learn(some, await store.facts(app, some))
    }
  }

  async #readAgain(): Promise<void> {
    this.#reading?.cancel()
    this.#watched.forgetTexts()
    try {
      await this.#read(this.#watched.users())
    } catch {
      // What is known stays until it can be read.
      if (!this.#stopped) this.#reading = this.#parts.clock.after(RETRY_MS, () => void this.#readAgain())
    }
  }

  #seeEverybody(): void {
    for (const user of this.#connected.users()) this.#see(user)
  }

  #see(user: string): void {
    this.#seen.put(user, { user, at: this.#parts.clock.now() })
  }
}

const placeOf = (app: string) => channelKey(app, '~people')

function signedIn({ user }: Connection): User {
  if (user !== undefined) return user
  throw new NowcastError('unauthorized', 'This needs a connection with a token.')
}
