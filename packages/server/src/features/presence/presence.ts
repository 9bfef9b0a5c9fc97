// Who is on a channel. A user is one member, however many of their connections have entered, here and on other nodes; the
// data of the connection that entered last counts.
import { type Json, NowcastError } from '@nowcast/protocol'
import type { Connection, User } from '../../core/connection.ts'
import type { SubscriptionEnd } from '../../core/hub.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { PushCounts } from './audience.ts'
import type { Entries } from './entries.ts'
import { toEntryName } from './entryName.ts'
import { MemberBoard, type MemberBoardOptions } from './memberBoard.ts'
import { type Entered, toInfo } from './memberInfo.ts'
import type { Rosters } from './rosters.ts'
import { requireSubscribed, Watching } from './watching.ts'

/** What presence works with. */
export interface ChannelPresenceParts {
  /** This node's name. */
  readonly node: string
  readonly rosters: Rosters
  readonly entries: Entries
  readonly clock: Clock
  readonly counts: PushCounts
  readonly options: MemberBoardOptions & {
    /** How long a member stays whose last connection ended. */
    readonly lingerMs: number
  }
}

/** A user who is a member by this node. */
interface LocalMember {
  /** What each connection has entered, last entered last. */
  readonly connections: Map<Connection, Entered>
  /** What the others were told last; absent until that has worked. */
  told: string | undefined
  /** Runs while no connection is left. */
  lingering: Timer | undefined
}

/** The members of channels, by what connections of this node do. */
export class ChannelPresence {
  readonly #parts: ChannelPresenceParts
  readonly #watching: Watching
  readonly #members = new Map<ChannelKey, Map<string, LocalMember>>()

  constructor(parts: ChannelPresenceParts) {
    const { rosters, clock, counts, options } = parts
    this.#parts = parts
    this.#watching = new Watching({
      rosters,
      clock,
      counts,
      placeOf: (key) => key,
      createBoard: (board) => new MemberBoard(board, clock, options),
    })
  }

  /** Channels that are watched on this node or have members by it, and those of the latter kind. */
  get counts(): { readonly rooms: number; readonly activeRooms: number } {
    let rooms = this.#members.size
    for (const key of this.#watching.keys()) if (!this.#members.has(key)) rooms += 1
    return { rooms, activeRooms: this.#members.size }
  }

  /**
   * Makes the connection's user a member, or replaces the data.
   * @throws NowcastError `unauthorized`, `not_subscribed`, `data_too_large`, `unavailable`
   */
  async enter(connection: Connection, channel: string, data: Json | undefined): Promise<void> {
    const { user } = connection
    if (user === undefined) throw new NowcastError('unauthorized', 'A member needs a token.')
    const key = channelKey(connection.app, channel)
    requireSubscribed(connection, key)
    this.#checkData(data)
    const member = this.#memberOf(key, user.id)
    const before = member.connections.get(connection)
    const entered: Entered = { data, at: this.#parts.clock.now() }
    member.connections.delete(connection)
    member.connections.set(connection, entered)
    member.lingering?.cancel()
    member.lingering = undefined
    const info = toInfo(user, entered)
    try {
      await this.#parts.entries.enter(key, this.#nameOf(user.id), info)
      member.told = JSON.stringify(info)
    } catch (error) {
      const isCurrent = member.connections.get(connection) === entered
      if (isCurrent && before !== undefined) member.connections.set(connection, before)
      else if (isCurrent) this.#detach(connection, key, this.#parts.options.lingerMs)?.catch(() => {})
      throw error
    }
  }

  /**
   * Ends what the connection entered.
   * @throws NowcastError `unavailable`; then the user leaves as soon as that is possible
   */
  async leave(connection: Connection, channel: string): Promise<void> {
    await this.#detach(connection, channelKey(connection.app, channel), 0)
  }

  /**
   * From when this resolves, the connection has been told who is on the channel, and hears of every change.
   * @throws NowcastError `not_subscribed`, `unavailable`
   */
  watch(connection: Connection, channel: string): Promise<void> {
    return this.#watching.watch(connection, channelKey(connection.app, channel))
  }

  unwatch(connection: Connection, channel: string): void {
    this.#watching.unwatch(connection, channelKey(connection.app, channel))
  }

  /** A subscription has ended, and with it what the connection was on the channel. */
  unsubscribed(connection: Connection, key: ChannelKey, how: SubscriptionEnd): void {
    this.#watching.unwatch(connection, key)
    // Who is cut off comes back at once, as a rule: others need not see it.
    const lingerMs = how === 'disconnected' ? this.#parts.options.lingerMs : 0
    this.#detach(connection, key, lingerMs)?.catch(() => {})
  }

  /** A connection has a new token, which may show its user otherwise. */
  refreshed(connection: Connection): void {
    const { user } = connection
    if (user === undefined) return
    for (const key of connection.subscriptions.keys()) {
      const member = this.#members.get(key)?.get(user.id)
      if (member?.connections.has(connection)) this.#update(key, user, member)
    }
  }

  stop(): void {
    this.#watching.stop()
    for (const members of this.#members.values()) {
      for (const { lingering } of members.values()) lingering?.cancel()
    }
    this.#members.clear()
  }

  #memberOf(key: ChannelKey, user: string): LocalMember {
    let members = this.#members.get(key)
    if (members === undefined) {
      members = new Map()
      this.#members.set(key, members)
    }
    let member = members.get(user)
    if (member === undefined) {
      member = { connections: new Map(), told: undefined, lingering: undefined }
      members.set(user, member)
    }
    return member
  }

  #detach(connection: Connection, key: ChannelKey, lingerMs: number): Promise<void> | undefined {
    const { user } = connection
    const member = user && this.#members.get(key)?.get(user.id)
    if (user === undefined || member?.connections.delete(connection) !== true) return undefined
    if (member.connections.size > 0) {
      this.#update(key, user, member)
      return undefined
    }
    if (lingerMs === 0 || member.told === undefined) return this.#end(key, user.id, member)
    member.lingering = this.#parts.clock.after(lingerMs, () => {
      this.#end(key, user.id, member).catch(() => {})
    })
    return undefined
  }

  /** What counts now may be another connection's. */
  #update(key: ChannelKey, user: User, member: LocalMember): void {
    const last = [...member.connections].at(-1)
    if (last === undefined) return
    const info = toInfo(last[0].user ?? user, last[1])
    const told = JSON.stringify(info)
    if (told === member.told) return
    member.told = told
    this.#parts.entries.keep(key, this.#nameOf(user.id), info)
  }

  #end(key: ChannelKey, user: string, member: LocalMember): Promise<void> {
    const members = this.#members.get(key)
    if (members?.get(user) === member) members.delete(user)
    if (members?.size === 0) this.#members.delete(key)
    return this.#parts.entries.leave(key, this.#nameOf(user))
  }

  #nameOf(user: string): string {
    return toEntryName(user, this.#parts.node)
  }

  #checkData(data: Json | undefined): void {
    if (data === undefined) return
    const { maxDataBytes } = this.#parts.options
    if (Buffer.byteLength(JSON.stringify(data)) <= maxDataBytes) return
    throw new NowcastError(
      'data_too_large',
      `The data of a member is at most ${maxDataBytes} bytes of JSON.`,
      {
        field: 'data',
      },
    )
  }
}
