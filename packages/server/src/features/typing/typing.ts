// Who types on a channel. It is presence at a place of its own, which nobody can subscribe to: entered when a user begins,
// left when they stop, fall silent, send, unsubscribe or are gone.
import { CONVERSATION_CHANNEL_PREFIX, NowcastError } from '@nowcast/protocol'
import type { Connection } from '../../core/connection.ts'
import { type ChannelKey, channelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { PushCounts } from '../presence/audience.ts'
import type { Entries } from '../presence/entries.ts'
import { toInfo } from '../presence/memberInfo.ts'
import type { Rosters } from '../presence/rosters.ts'
import { requireSubscribed, Watching } from '../presence/watching.ts'
import { TypingBoard, type TypingBoardOptions } from './typingBoard.ts'

/** What typing works with. */
export interface TypingParts {
  readonly rosters: Rosters
  readonly entries: Entries
  readonly clock: Clock
  readonly counts: PushCounts
  readonly options: TypingBoardOptions & {
    /** How long a user types who does not say so again. */
    readonly expiryMs: number
  }
  /** Called when a user begins to type in a conversation. */
  readonly began: (conversation: string, user: string) => void
}

/** A user who types, on this node. */
interface Typist {
  /** When each connection will have been silent for too long. */
  readonly connections: Map<Connection, number>
  /** Settles when others can hear of it. */
  readonly entered: Promise<void>
  timer: Timer | undefined
}

/** Who types, by what connections of this node do. */
export class Typing {
  readonly #parts: TypingParts
  readonly #watching: Watching<TypingBoard>
  readonly #typists = new Map<ChannelKey, Map<string, Typist>>()
  #count = 0

  constructor(parts: TypingParts) {
    const { rosters, clock, counts, options } = parts
    this.#parts = parts
    this.#watching = new Watching({
      rosters,
      clock,
      counts,
      placeOf,
      createBoard: (board) => new TypingBoard(board, clock, options),
    })
  }

  /** Users who type on this node: each has a timer. */
  get timers(): number {
    return this.#count
  }

  /**
   * The connection's user types, from now on or still.
   * @throws NowcastError `unauthorized`, `not_subscribed`, `unavailable`
   */
  async start(connection: Connection, channel: string): Promise<void> {
    const { user } = connection
    if (user === undefined) throw new NowcastError('unauthorized', 'Typing needs a token.')
    const key = channelKey(connection.app, channel)
    requireSubscribed(connection, key)
    const { clock, options, entries, began } = this.#parts
    const now = clock.now()
    const known = this.#typists.get(key)?.get(user.id)
    known?.connections.set(connection, now + options.expiryMs)
    if (known !== undefined) return known.entered
    const entered = entries.enter(placeOf(key), user.id, toInfo({ user, data: undefined, at: now }))
    const connections = new Map([[connection, now + options.expiryMs]])
    const typist: Typist = { connections, entered, timer: undefined }
    this.#add(key, user.id, typist)
    this.#expireLater(key, user.id, typist, options.expiryMs)
    try {
      await entered
    } catch (error) {
      this.#remove(key, user.id, typist)
      throw error
    }
    if (channel.startsWith(CONVERSATION_CHANNEL_PREFIX)) {
      began(channel.slice(CONVERSATION_CHANNEL_PREFIX.length), user.id)
    }
  }

  /** The connection's user types no more. */
  stop(connection: Connection, channel: string): void {
    this.unsubscribed(connection, channelKey(connection.app, channel), false)
  }

  /** A user has sent what they typed, on whichever connection of this node. */
  stopUser(key: ChannelKey, user: string): void {
    const typist = this.#typists.get(key)?.get(user)
    if (typist !== undefined) this.#end(key, user, typist)
  }

  /**
   * From when this resolves, the connection has been told who types on the channel, and hears of every change.
   * @throws NowcastError `not_subscribed`, `unavailable`
   */
  watch(connection: Connection, channel: string): Promise<void> {
    return this.#watching.watch(connection, channelKey(connection.app, channel))
  }

  unwatch(connection: Connection, channel: string): void {
    this.#watching.unwatch(connection, channelKey(connection.app, channel))
  }

  /** A subscription has ended. */
  unsubscribed(connection: Connection, key: ChannelKey, unwatch = true): void {
    if (unwatch) this.#watching.unwatch(connection, key)
    const { user } = connection
    const typist = user && this.#typists.get(key)?.get(user.id)
    if (user === undefined || typist?.connections.delete(connection) !== true) return
    if (typist.connections.size === 0) this.#end(key, user.id, typist)
  }

  /** Ends everything. */
  close(): void {
    this.#watching.stop()
    for (const typists of this.#typists.values()) {
      for (const { timer } of typists.values()) timer?.cancel()
    }
    this.#typists.clear()
    this.#count = 0
  }

  #add(key: ChannelKey, user: string, typist: Typist): void {
    const typists = this.#typists.get(key)
    if (typists === undefined) this.#typists.set(key, new Map([[user, typist]]))
    else typists.set(user, typist)
    this.#count += 1
  }

  #remove(key: ChannelKey, user: string, typist: Typist): boolean {
    const typists = this.#typists.get(key)
    if (typists?.get(user) !== typist) return false
    typist.timer?.cancel()
    typists.delete(user)
    if (typists.size === 0) this.#typists.delete(key)
    this.#count -= 1
    return true
  }

  #end(key: ChannelKey, user: string, typist: Typist): void {
    if (!this.#remove(key, user, typist)) return
    // What can't be taken back now is taken back by the engine as soon as it can be.
    this.#parts.entries.leave(placeOf(key), user).catch(() => {})
  }

  // Saying so again moves only a number; the timer looks at it when it runs.
  #expireLater(key: ChannelKey, user: string, typist: Typist, delayMs: number): void {
    const { clock } = this.#parts
    typist.timer = clock.after(delayMs, () => {
      const now = clock.now()
      for (const [connection, at] of typist.connections) if (at <= now) typist.connections.delete(connection)
      if (typist.connections.size === 0) this.#end(key, user, typist)
      else this.#expireLater(key, user, typist, Math.min(...typist.connections.values()) - now)
    })
  }
}

/** Where in the engine's presence those are who type on a channel: no channel has such a name. */
function placeOf(key: ChannelKey): ChannelKey {
  const { app, channel } = splitChannelKey(key)
  return channelKey(app, `~typing/${channel}`)
}
