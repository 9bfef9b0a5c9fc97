// The rosters of this node: the one listener of the engine's presence, which hands every change to the roster it concerns.
import type { Presence, PresenceChange, PresenceListener, PresenceMember } from '../../engine/presence.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import { Roster, type RosterListener, type RosterParts } from './roster.ts'

/** Opens rosters and keeps them current. */
export class Rosters implements PresenceListener {
  readonly #presence: Presence
  /** The engine's presence, as rosters share it. */
  readonly #observing: RosterParts['presence']
  readonly #clock: Clock
  readonly #rosters = new Map<ChannelKey, Set<Roster>>()

  constructor(presence: Presence, clock: Clock) {
    this.#presence = presence
    this.#clock = clock
    this.#observing = {
      observe: (key) => presence.observe(key),
      members: (key) => presence.members(key),
      // Others of the same key may go on.
      unobserve: async (key) => {
        if (!this.#rosters.has(key)) await presence.unobserve(key)
      },
    }
    presence.listen(this)
  }

  /** Rosters now. */
  get size(): number {
    let size = 0
    for (const { size: sameKey } of this.#rosters.values()) size += sameKey
    return size
  }

  /** A roster of a channel, which may have others. One that can't be opened closes by itself. */
  open(key: ChannelKey, listener: RosterListener): Roster {
    const roster = new Roster({ key, presence: this.#observing, clock: this.#clock, listener })
    const sameKey = this.#rosters.get(key)
    if (sameKey === undefined) this.#rosters.set(key, new Set([roster]))
    else sameKey.add(roster)
    roster.ready.catch(() => this.close(roster))
    return roster
  }

  /** The entries of a channel now, whether it has a roster or not. @throws NowcastError `unavailable` */
  async read(key: ChannelKey): Promise<readonly PresenceMember[]> {
    return (await this.#presence.members(key)).members
  }

  /** Ends a roster. */
  close(roster: Roster): void {
    const sameKey = this.#rosters.get(roster.key)
    if (sameKey?.delete(roster) !== true) return
    if (sameKey.size === 0) this.#rosters.delete(roster.key)
    roster.close()
  }

  presence(channel: ChannelKey, changes: readonly PresenceChange[], epoch: string): void {
    for (const roster of this.#rosters.get(channel) ?? []) roster.accept(changes, epoch)
  }

  presenceMoved(channel: ChannelKey): void {
    for (const roster of this.#rosters.get(channel) ?? []) roster.missed()
  }

  /** Ends all rosters. */
  stop(): void {
    for (const sameKey of [...this.#rosters.values()]) for (const roster of [...sameKey]) this.close(roster)
  }
}
