// The users who are connected to this node, told to the whole cluster: whether one of their connections is active, and what
// they say of themselves. Who is cut off stays for a while.
import type { Connection } from '../../core/connection.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Entries } from '../presence/entries.ts'
import { toEntryName } from '../presence/entryName.ts'
import { type PersonEntry, toEntryInfo } from './personEntry.ts'

/** What connected users are kept with. */
export interface ConnectedUsersParts {
  /** This node's name. */
  readonly node: string
  readonly entries: Entries
  readonly clock: Clock
  /** How long a user stays whose last connection ended. */
  readonly lingerMs: number
  /** Called when a user's last connection ends. */
  readonly gone: (user: string) => void
}

interface ConnectedUser {
  readonly place: ChannelKey
  /** Whether the user is away on it, by connection. */
  readonly connections: Map<Connection, boolean>
  /** Whether the user is away on all of them, or was on the last one. */
  away: boolean
  said: Pick<PersonEntry, 'text' | 'textAt'>
  /** What the cluster was told last. */
  told: string | undefined
  /** Runs while no connection is left. */
  lingering: Timer | undefined
}

/** The users of this node's connections. */
export class ConnectedUsers {
  readonly #parts: ConnectedUsersParts
  readonly #users = new Map<string, ConnectedUser>()

  constructor(parts: ConnectedUsersParts) {
    this.#parts = parts
  }

  /** Users with a connection. */
  *users(): Iterable<string> {
    for (const [user, { connections }] of this.#users) if (connections.size > 0) yield user
  }

  /** How many users are connected, and how many of them are active. */
  get counts(): { readonly users: number; readonly online: number; readonly away: number } {
    let users = 0
    let away = 0
    for (const user of this.#users.values()) {
      if (user.connections.size === 0) continue
      users += 1
      if (user.away) away += 1
    }
    return { users, online: users - away, away }
  }

  /** Whether a user has another connection than this one, which may have ended. */
  hasOther(connection: Connection, user: string): boolean {
    const connections = this.#users.get(user)?.connections
    return connections !== undefined && connections.size > (connections.has(connection) ? 1 : 0)
  }

  /** A connection has come. */
  connected(connection: Connection, user: string, place: ChannelKey): void {
    let known = this.#users.get(user)
    if (known === undefined) {
      const said = { textAt: 0 }
      known = { place, connections: new Map(), away: false, said, told: undefined, lingering: undefined }
      this.#users.set(user, known)
    }
    known.lingering?.cancel()
    known.lingering = undefined
    known.connections.set(connection, false)
    this.#tell(user, known)
  }

  /** A connection has ended. */
  disconnected(connection: Connection, user: string): void {
    const known = this.#users.get(user)
    if (known?.connections.delete(connection) !== true) return
    if (known.connections.size > 0) {
      this.#tell(user, known)
      return
    }
    const { clock, lingerMs, gone } = this.#parts
    gone(user)
    known.lingering = clock.after(lingerMs, () => this.#end(user, known))
  }

  /** The user is active on a connection, or is not. */
  setAway(connection: Connection, user: string, away: boolean): void {
    const known = this.#users.get(user)
    if (known?.connections.has(connection) !== true) return
    known.connections.set(connection, away)
    this.#tell(user, known)
  }

  /** The user has said something else of themselves. @param textAt rises with each such change */
  say(user: string, text: string | null, textAt: number): void {
    const known = this.#users.get(user)
    if (known === undefined || textAt <= known.said.textAt) return
    known.said = { text, textAt }
    this.#tell(user, known)
  }

  /** Forgets everybody. */
  stop(): void {
    for (const { lingering } of this.#users.values()) lingering?.cancel()
    this.#users.clear()
  }

  #tell(user: string, known: ConnectedUser): void {
    // Who lingers is as they were.
    if (known.connections.size > 0) known.away = isAway(known.connections)
    const info = toEntryInfo({ away: known.away, ...known.said })
    const told = JSON.stringify(info)
    if (told === known.told) return
    known.told = told
    const { entries, node } = this.#parts
    entries.keep(known.place, toEntryName(user, node), info)
  }

  #end(user: string, known: ConnectedUser): void {
    if (this.#users.get(user) === known) this.#users.delete(user)
    const { entries, node } = this.#parts
    // What can't be taken back now is taken back by the engine as soon as it can be.
    entries.leave(known.place, toEntryName(user, node)).catch(() => {})
  }
}

function isAway(connections: ReadonlyMap<Connection, boolean>): boolean {
  for (const away of connections.values()) if (!away) return false
  return true
}
