// The rosters of this node: the one listener of the engine's presence, which hands every change to the roster it concerns.
import type { Presence, PresenceChange, PresenceListener, PresenceMember } from '../../engine/presence.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import { Roster, type RosterListener } from './roster.ts'

/** Opens rosters and keeps them current. */
export class Rosters implements PresenceListener {
  readonly #presence: Presence
  readonly #clock: Clock
  readonly #rosters = new Map<ChannelKey, Roster>()

  constructor(presence: Presence, clock: Clock) {
    this.#presence = presence
    this.#clock = clock
    presence.listen(this)
  }

  /** Rosters now. */
  get size(): number {
    return this.#rosters.size
  }

  /** A roster of a channel that has none open. One that can't be opened closes by itself. */
  open(key: ChannelKey, listener: RosterListener): Roster {
    const roster = new Roster({ key, presence: this.#presence, clock: this.#clock, listener })
    this.#rosters.set(key, roster)
    roster.ready.catch(() => this.close(roster))
    return roster
  }

  /** The entries of a channel now, whether it has a roster or not. @throws NowcastError `unavailable` */
  async read(key: ChannelKey): Promise<readonly PresenceMember[]> {
    return (await this.#presence.members(key)).members
  }

  /** Ends a roster. */
  close(roster: Roster): void {
    if (this.#rosters.get(roster.key) !== roster) return
    this.#rosters.delete(roster.key)
    roster.close()
  }

  presence(channel: ChannelKey, changes: readonly PresenceChange[], epoch: string): void {
    this.#rosters.get(channel)?.accept(changes, epoch)
  }

  presenceMoved(channel: ChannelKey): void {
    this.#rosters.get(channel)?.missed()
  }

  /** Ends all rosters. */
  stop(): void {
    for (const roster of this.#rosters.values()) roster.close()
    this.#rosters.clear()
  }
}
