// Everybody who is connected anywhere, followed while somebody on this node wants to know: one entry for each user and
// node, put together to how the user is.
import type { Availability } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import { splitEntryName } from '../presence/entryName.ts'
import type { Roster, RosterChange } from '../presence/roster.ts'
import type { Rosters } from '../presence/rosters.ts'
import { fromEntryInfo, type PersonEntry } from './personEntry.ts'

/** Hears of users who may be otherwise than before. */
export interface EverybodyListener {
  /** @param said what the user has just said of themselves, when that is what happened */
  changed(user: string, said: PersonEntry | undefined): void
  /** Changes were missed: what users say of themselves has to be read again. */
  missed(): void
}

/** What everybody is followed with. */
export interface EverybodyParts {
  readonly place: ChannelKey
  readonly rosters: Rosters
  readonly clock: Clock
  readonly listener: EverybodyListener
}

const LINGER_MS = 30_000
/** After changes were missed, nodes may still be entering again whom the engine has lost. */
const SETTLE_MS = 6_000

/** Everybody who is connected, by all nodes. */
export class Everybody {
  readonly #parts: EverybodyParts
  /** How each user is by each node that has them. */
  readonly #users = new Map<string, Map<string, PersonEntry>>()
  #roster: Roster | undefined
  #holders = 0
  #settledAt = 0
  #lingering: Timer | undefined

  constructor(parts: EverybodyParts) {
    this.#parts = parts
  }

  /**
   * From when this resolves until the answer is called, `availability` is right.
   * @throws NowcastError `unavailable`
   */
  async acquire(): Promise<() => void> {
    const roster = this.#open()
    this.#holders += 1
    let isHeld = true
    const release = () => {
      if (isHeld) this.#release()
      isHeld = false
    }
    try {
      await roster.ready
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  /** How a user is; right while it is acquired. */
  availability(user: string): Availability {
    const entries = this.#users.get(user)
    if (entries === undefined) return 'offline'
    for (const { away } of entries.values()) if (!away) return 'online'
    return 'away'
  }

  /** Whether a user is connected to another node than this one; true while that is not known. */
  mayBeElsewhere(user: string, node: string): boolean {
    if (this.#roster?.isCurrent !== true || this.#parts.clock.now() < this.#settledAt) return true
    for (const known of this.#users.get(user)?.keys() ?? []) if (known !== node) return true
    return false
  }

  /** Follows nobody any more. */
  stop(): void {
    this.#lingering?.cancel()
    if (this.#roster !== undefined) this.#close(this.#roster)
  }

  #open(): Roster {
    this.#lingering?.cancel()
    if (this.#roster !== undefined) return this.#roster
    const { rosters, place } = this.#parts
    const roster = rosters.open(place, { changed: (changes, missed) => this.#changed(changes, missed) })
    this.#roster = roster
    roster.ready.catch(() => this.#close(roster))
    return roster
  }

  #release(): void {
    this.#holders -= 1
    const roster = this.#roster
    if (this.#holders > 0 || roster === undefined) return
    this.#lingering = this.#parts.clock.after(LINGER_MS, () => this.#close(roster))
  }

  #close(roster: Roster): void {
    if (this.#roster !== roster) return
    this.#roster = undefined
    this.#users.clear()
    this.#parts.rosters.close(roster)
  }

  #changed(changes: readonly RosterChange[], missed: boolean): void {
    const { listener, clock } = this.#parts
    if (missed) this.#settledAt = clock.now() + SETTLE_MS
    for (const { user: name, before, after } of changes) {
      const { user, node } = splitEntryName(name)
      const entry = after === undefined ? undefined : fromEntryInfo(after)
      const textAt = before === undefined ? 0 : fromEntryInfo(before).textAt
      this.#put(user, node, entry)
      // An old text that comes along with another change says nothing new.
      listener.changed(user, entry !== undefined && entry.textAt > textAt ? entry : undefined)
    }
    if (missed) listener.missed()
  }

  #put(user: string, node: string, entry: PersonEntry | undefined): void {
    const entries = this.#users.get(user)
    if (entry === undefined) {
      entries?.delete(node)
      if (entries?.size === 0) this.#users.delete(user)
    } else if (entries === undefined) this.#users.set(user, new Map([[node, entry]]))
    else entries.set(node, entry)
  }
}
