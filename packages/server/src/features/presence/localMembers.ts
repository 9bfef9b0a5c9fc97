// Who is a member of which channel by connections of this node.
import type { Connection } from '../../core/connection.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Timer } from '../../foundation/clock.ts'
import type { Entered } from './memberInfo.ts'

/** A user who is a member by this node. */
export interface LocalMember {
  readonly key: ChannelKey
  /** The user's id. */
  readonly user: string
  /** What each connection has entered, last entered last. */
  readonly connections: Map<Connection, Entered>
  /** What the others were told last; absent until that has worked. */
  told: string | undefined
  /** Runs while no connection is left. */
  lingering: Timer | undefined
}

interface Room {
  readonly byUser: Map<string, LocalMember>
  /** A connection is one member of a channel at most. */
  readonly byConnection: Map<Connection, LocalMember>
}

/** The members of channels by this node. */
export class LocalMembers {
  readonly #rooms = new Map<ChannelKey, Room>()

  /** Channels with members. */
  get size(): number {
    return this.#rooms.size
  }

  has(key: ChannelKey): boolean {
    return this.#rooms.has(key)
  }

  /** The member whom a connection entered. */
  of(connection: Connection, key: ChannelKey): LocalMember | undefined {
    return this.#rooms.get(key)?.byConnection.get(connection)
  }

  /** Notes what a connection has entered, in place of what it had. It must not be another member by now. */
  attach(connection: Connection, key: ChannelKey, entered: Entered): LocalMember {
    const room = this.#roomOf(key)
    const { id } = entered.user
    const member: LocalMember = room.byUser.get(id) ?? {
      key,
      user: id,
      connections: new Map(),
      told: undefined,
      lingering: undefined,
    }
    room.byUser.set(id, member)
    room.byConnection.set(connection, member)
    member.connections.delete(connection)
    member.connections.set(connection, entered)
    member.lingering?.cancel()
    member.lingering = undefined
    return member
  }

  /** Forgets what a connection has entered; answers the member, who may have no connection any more. */
  detach(connection: Connection, key: ChannelKey): LocalMember | undefined {
    const room = this.#rooms.get(key)
    const member = room?.byConnection.get(connection)
    room?.byConnection.delete(connection)
    member?.connections.delete(connection)
    return member
  }

  /** Forgets a member who has no connection any more. */
  remove(member: LocalMember): void {
    const room = this.#rooms.get(member.key)
    if (room?.byUser.get(member.user) === member) room.byUser.delete(member.user)
    if (room?.byUser.size === 0) this.#rooms.delete(member.key)
  }

  /** Forgets everybody. */
  clear(): void {
    for (const { byUser } of this.#rooms.values()) {
      for (const { lingering } of byUser.values()) lingering?.cancel()
    }
    this.#rooms.clear()
  }

  #roomOf(key: ChannelKey): Room {
    const existing = this.#rooms.get(key)
    if (existing !== undefined) return existing
    const room: Room = { byUser: new Map(), byConnection: new Map() }
    this.#rooms.set(key, room)
    return room
  }
}
