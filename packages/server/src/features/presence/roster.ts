// One channel's members as this node knows them: the engine's snapshot, kept current by its changes. When changes were
// missed the members are read again, and the difference is told.
import type { Json } from '@nowcast/protocol'
import type { Presence, PresenceChange, PresenceSnapshot } from '../../engine/presence.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'

/** What has become of one member. */
export interface RosterChange {
  readonly user: string
  /** Absent when the user was no member. */
  readonly before: Json | undefined
  /** Absent when the user is none any more. */
  readonly after: Json | undefined
}

/** Hears what becomes of a channel's members. */
export interface RosterListener {
  /**
   * Called after the roster has changed, with the first snapshot too.
   * @param missed changes in between were missed
   */
  changed(changes: readonly RosterChange[], missed: boolean): void
}

/** What a roster works with. */
export interface RosterParts {
  readonly key: ChannelKey
  readonly presence: Pick<Presence, 'observe' | 'unobserve' | 'members'>
  readonly clock: Clock
  readonly listener: RosterListener
}

interface Arrived {
  readonly epoch: string
  readonly change: PresenceChange
}

type State = 'opening' | 'live' | 'reading' | 'closed'

/** Changes kept while a snapshot is being read; when there are more, it is read once again. */
const MAX_EARLY = 10_000
const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 2_000

/** The members of one channel. */
export class Roster {
  readonly key: ChannelKey
  /** When the members are known. Rejects with `unavailable` when they can't be read now; then the roster is of no use. */
  readonly ready: Promise<void>
  readonly #parts: RosterParts
  readonly #members = new Map<string, Json>()
  #state: State = 'opening'
  #epoch = ''
  #offset = 0
  /** What arrived while no snapshot was there. */
  #early: Arrived[] = []
  /** How often changes were missed. */
  #misses = 0
  #retrying: Timer | undefined
  #retryMs = MIN_RETRY_MS

  constructor(parts: RosterParts) {
    this.key = parts.key
    this.#parts = parts
    this.ready = Promise.resolve().then(() => this.#open())
  }

  /** The members' infos by user, those who came first before the others as far as that is known. */
  get members(): ReadonlyMap<string, Json> {
    return this.#members
  }

  /** False while the members are being read: then some of them may be missing, or gone. */
  get isCurrent(): boolean {
    return this.#state === 'live'
  }

  /** Takes changes from the engine. */
  accept(changes: readonly PresenceChange[], epoch: string): void {
    if (this.#state === 'closed') return
    const arrived = changes.map((change) => ({ epoch, change }))
    if (this.#state === 'live') this.#apply(arrived)
    else if (this.#early.length + arrived.length <= MAX_EARLY) this.#early.push(...arrived)
    else this.missed()
  }

  /** Takes note that changes were missed. */
  missed(): void {
    this.#misses += 1
    this.#early = []
    if (this.#state !== 'live') return
    this.#state = 'reading'
    void this.#readAgain()
  }

  /** Follows the channel no more. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#early = []
    this.#retrying?.cancel()
    // Nothing here can mend a failing engine; it forgets what it observes itself when it stops.
    this.#parts.presence.unobserve(this.key).catch(() => {})
  }

  // The engine's changes first, then its snapshot: a change in between is in one of them, or in both.
  async #open(): Promise<void> {
    await this.#parts.presence.observe(this.key)
    await this.#read(false)
  }

  async #readAgain(): Promise<void> {
    try {
      await this.#read(true)
      this.#retryMs = MIN_RETRY_MS
    } catch {
      if (this.#isClosed()) return
      this.#retrying = this.#parts.clock.after(this.#retryMs, () => void this.#readAgain())
      this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
    }
  }

  async #read(missed: boolean): Promise<void> {
    let misses: number
    let snapshot: PresenceSnapshot
    do {
      misses = this.#misses
      snapshot = await this.#parts.presence.members(this.key)
      if (this.#isClosed()) return
    } while (misses !== this.#misses)
    this.#restart(snapshot, missed)
  }

  #restart({ position, members }: PresenceSnapshot, missed: boolean): void {
    const changes = this.#differences(new Map(members.map(({ user, info }) => [user, info])))
    for (const { user, after } of changes) this.#put(user, after)
    this.#epoch = position.epoch
    this.#offset = position.offset
    this.#state = 'live'
    this.#tell(changes, missed)
    this.#apply(this.#early.splice(0))
  }

  #differences(snapshot: ReadonlyMap<string, Json>): RosterChange[] {
    const changes: RosterChange[] = []
    for (const [user, before] of this.#members) {
      if (!snapshot.has(user)) changes.push({ user, before, after: undefined })
    }
    for (const [user, after] of snapshot) {
      const before = this.#members.get(user)
      if (!isSame(before, after)) changes.push({ user, before, after })
    }
    return changes
  }

  #apply(arrived: readonly Arrived[]): void {
    const changes: RosterChange[] = []
    for (const { epoch, change } of arrived) {
      const { offset, type, user, info } = change
      if (epoch !== this.#epoch || offset <= this.#offset) continue
      if (offset > this.#offset + 1) {
        this.#tell(changes, false)
        this.missed()
        return
      }
      this.#offset = offset
      const before = this.#members.get(user)
      const after = type === 'left' ? undefined : info
      this.#put(user, after)
      changes.push({ user, before, after })
    }
    this.#tell(changes, false)
  }

  #put(user: string, info: Json | undefined): void {
    if (info === undefined) this.#members.delete(user)
    else this.#members.set(user, info)
  }

  #tell(changes: readonly RosterChange[], missed: boolean): void {
    if (changes.length > 0 || missed) this.#parts.listener.changed(changes, missed)
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }
}

const isSame = (one: Json | undefined, other: Json | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other))
