// Who is on a channel. A user is one member, however many of their connections have entered, here and on other nodes; the
// data of the connection that entered last counts.
import { type Json, NowcastError } from '@nowcast/protocol'
import type { Connection, User } from '../../core/connection.ts'
import type { SubscriptionEnd } from '../../core/hub.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { PushCounts } from './audience.ts'
import type { Entries } from './entries.ts'
import { toEntryName } from './entryName.ts'
import { type LocalMember, LocalMembers } from './localMembers.ts'
import { MemberBoard, type MemberBoardOptions } from './memberBoard.ts'
import { type Entered, toInfo } from './memberInfo.ts'
import { hasRoom } from './room.ts'
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

/** What takes longer on the way to the own node has been lost. */
const MAX_TOLD_MS = 2_000

/** The members of channels, by what connections of this node do. */
export class ChannelPresence {
  readonly #parts: ChannelPresenceParts
  readonly #watching: Watching<MemberBoard>
  readonly #members = new LocalMembers()

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
    await this.#enter(connection, channel, { user, isOwn: true, data, at: this.#parts.clock.now() })
  }

  /**
   * Makes a user a member by a connection that may be another user's, or nobody's: the application has said who it is on
   * this channel. A connection is one member of a channel; who it was before leaves.
   * @throws NowcastError `not_subscribed`, `data_too_large`, `unavailable`
   */
  async enterAs(connection: Connection, channel: string, user: User, data: Json | undefined): Promise<void> {
    await this.#enter(connection, channel, { user, isOwn: false, data, at: this.#parts.clock.now() })
  }

  /**
   * Whether a channel of at most `max` members has room for a user: true when fewer than `max` others came first, on
   * whichever node. Ask before the user enters, and again after: of many who enter at once, the surplus is told then, and
   * has to leave.
   * @throws NowcastError `unavailable`
   */
  async roomFor(key: ChannelKey, user: string, max: number): Promise<boolean> {
    return hasRoom(await this.#parts.rosters.read(key), user, max)
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

  /**
   * Like `watch`, for a connection whose user has entered: it is told who is on the channel once that holds the user, and
   * never hears of the user's joining besides. Nobody else is told more for it. Where the user is not told in time, the
   * connection is told who is on the channel without waiting on.
   * @throws NowcastError `not_subscribed`, `unavailable`
   */
  watchTold(connection: Connection, channel: string, user: string): Promise<void> {
    return this.#watching.watch(connection, channelKey(connection.app, channel), (board) =>
      board.told(user, MAX_TOLD_MS),
    )
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
      const member = this.#members.of(connection, key)
      const entered = member?.connections.get(connection)
      if (member === undefined || entered?.isOwn !== true || member.user !== user.id) continue
      // Takes the place that it had: what was entered last goes on to count.
      member.connections.set(connection, { ...entered, user })
      this.#update(member)
    }
  }

  stop(): void {
    this.#watching.stop()
    this.#members.clear()
  }

  async #enter(connection: Connection, channel: string, entered: Entered): Promise<void> {
    const key = channelKey(connection.app, channel)
    requireSubscribed(connection, key)
    this.#checkData(entered.data)
    const { id } = entered.user
    const known = this.#members.of(connection, key)
    if (known !== undefined && known.user !== id) this.#detach(connection, key, 0)?.catch(() => {})
    const before = known?.user === id ? known.connections.get(connection) : undefined
    const member = this.#members.attach(connection, key, entered)
    const info = toInfo(entered)
    try {
      await this.#parts.entries.enter(key, this.#nameOf(id), info)
      member.told = JSON.stringify(info)
    } catch (error) {
      const isCurrent = member.connections.get(connection) === entered
      if (isCurrent && before !== undefined) member.connections.set(connection, before)
      else if (isCurrent) this.#detach(connection, key, this.#parts.options.lingerMs)?.catch(() => {})
      throw error
    }
  }

  #detach(connection: Connection, key: ChannelKey, lingerMs: number): Promise<void> | undefined {
    const member = this.#members.detach(connection, key)
    if (member === undefined) return undefined
    if (member.connections.size > 0) {
      this.#update(member)
      return undefined
    }
    if (lingerMs === 0 || member.told === undefined) return this.#end(member)
    member.lingering = this.#parts.clock.after(lingerMs, () => {
      this.#end(member).catch(() => {})
    })
    return undefined
  }

  /** What counts now may be another connection's. */
  #update(member: LocalMember): void {
    const last = [...member.connections.values()].at(-1)
    if (last === undefined) return
    const info = toInfo(last)
    const told = JSON.stringify(info)
    if (told === member.told) return
    member.told = told
    this.#parts.entries.keep(member.key, this.#nameOf(member.user), info)
  }

  #end(member: LocalMember): Promise<void> {
    this.#members.remove(member)
    return this.#parts.entries.leave(member.key, this.#nameOf(member.user))
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
