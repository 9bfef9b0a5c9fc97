// The channels that connections of this node watch. Each has one roster and one board, however many watch it; they are
// opened for the first and closed some time after the last.
import { NowcastError } from '@nowcast/protocol'
import type { Connection } from '../../core/connection.ts'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import { Audience, type Message, type PushCounts, tellOne } from './audience.ts'
import type { Roster, RosterListener } from './roster.ts'
import type { Rosters } from './rosters.ts'

/** Turns what becomes of a channel's members into pushes to those who watch. */
export interface Board extends RosterListener {
  /** What a new watcher is told first. What follows continues from there. */
  greeting(): Message
  stop(): void
}

/** What the boards are made from. */
export interface BoardParts {
  /** The channel's name, as pushes say it. */
  readonly channel: string
  readonly audience: Audience
  /** The members now. */
  readonly members: () => Roster['members']
}

/** What watching works with. */
export interface WatchingParts<B extends Board> {
  readonly rosters: Rosters
  readonly clock: Clock
  readonly counts: PushCounts
  /** Where in the engine's presence those are whom watchers of a channel hear of. */
  readonly placeOf: (key: ChannelKey) => ChannelKey
  readonly createBoard: (parts: BoardParts, key: ChannelKey) => B
}

/** A connection's wish to watch; what it waits for is of no use to a later one of the same connection. */
type Interest = symbol

interface Watched<B> {
  readonly roster: Roster
  readonly board: B
  /** Those who hear of it. */
  readonly audience: Audience
  /** Those, and those who will when it is open. */
  readonly watchers: Map<Connection, Interest>
  lingering: Timer | undefined
}

const LINGER_MS = 5_000

/** Who watches which channel. */
export class Watching<B extends Board> {
  readonly #parts: WatchingParts<B>
  readonly #watched = new Map<ChannelKey, Watched<B>>()

  constructor(parts: WatchingParts<B>) {
    this.#parts = parts
  }

  /** The keys of the channels that are watched. */
  keys(): Iterable<ChannelKey> {
    return this.#watched.keys()
  }

  /**
   * From when this resolves, the connection has been told all, and hears of every change.
   * @param until what the connection waits for before it is told; must not reject
   * @throws NowcastError `not_subscribed`, `unavailable`
   */
  async watch(
    connection: Connection,
    key: ChannelKey,
    until?: (board: B) => Promise<unknown>,
  ): Promise<void> {
    requireSubscribed(connection, key)
    const watched = this.#open(key)
    const interest = watched.watchers.get(connection) ?? Symbol('interest')
    watched.watchers.set(connection, interest)
    try {
      await watched.roster.ready
    } catch (error) {
      watched.watchers.delete(connection)
      throw error
    }
    if (until !== undefined) await until(watched.board)
    if (watched.watchers.get(connection) !== interest) throw notSubscribed(key)
    // From what is told first until the connection is in the audience, nothing else may run.
    tellOne(connection, watched.board.greeting(), this.#parts.counts)
    watched.audience.add(connection)
  }

  /** Ends a connection's watching; does nothing when it does not watch. */
  unwatch(connection: Connection, key: ChannelKey): void {
    const watched = this.#watched.get(key)
    if (watched?.watchers.delete(connection) !== true) return
    watched.audience.remove(connection)
    if (watched.watchers.size > 0) return
    watched.lingering = this.#parts.clock.after(LINGER_MS, () => this.#close(key, watched))
  }

  /** Ends everything. */
  stop(): void {
    for (const [key, watched] of this.#watched) this.#close(key, watched)
  }

  #open(key: ChannelKey): Watched<B> {
    const existing = this.#watched.get(key)
    if (existing !== undefined) {
      existing.lingering?.cancel()
      existing.lingering = undefined
      return existing
    }
    const { rosters, counts, placeOf, createBoard } = this.#parts
    const audience = new Audience(counts)
    const { channel } = splitChannelKey(key)
    const board = createBoard({ channel, audience, members: () => watched.roster.members }, key)
    const roster = rosters.open(placeOf(key), board)
    const watched: Watched<B> = { roster, board, audience, watchers: new Map(), lingering: undefined }
    this.#watched.set(key, watched)
    roster.ready.catch(() => this.#close(key, watched))
    return watched
  }

  #close(key: ChannelKey, watched: Watched<B>): void {
    watched.lingering?.cancel()
    watched.board.stop()
    this.#parts.rosters.close(watched.roster)
    if (this.#watched.get(key) === watched) this.#watched.delete(key)
  }
}

/** @throws NowcastError `not_subscribed` */
export function requireSubscribed(connection: Connection, key: ChannelKey): void {
  if (!connection.subscriptions.has(key)) throw notSubscribed(key)
}

const notSubscribed = (key: ChannelKey) =>
  new NowcastError('not_subscribed', `This needs a subscription to "${splitChannelKey(key).channel}".`, {
    field: 'channel',
  })
