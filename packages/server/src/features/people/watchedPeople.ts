// The users whom connections of this node watch, by user: each is told once per window, and only to those who watch them.
import type { PersonStatus } from '@nowcast/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { UserFacts } from '../../store/store.ts'
import { Audience, type PushCounts, pushed, tellOne } from '../presence/audience.ts'
import type { PersonEntry } from './personEntry.ts'

/** What watched people are kept with. */
export interface WatchedPeopleParts {
  readonly clock: Clock
  readonly counts: PushCounts
  /** How long changes of a user wait to be told together. */
  readonly batchWindowMs: number
  readonly availability: (user: string) => PersonStatus['status']
}

interface Watched {
  /** Those who hear of the user, and those who will when it is known how the user is. */
  readonly watchers: Set<Connection>
  readonly audience: Audience
  /** What the database says, and what has happened since; absent until it was read. */
  text: string | undefined
  textAt: number
  lastSeenAt: number | undefined
  isKnown: boolean
  /** What the audience was told last. */
  told: string | undefined
  /** The same, as far as it is about being online. */
  toldOnline: boolean | undefined
}

/** The users that somebody on this node watches. */
export class WatchedPeople {
  readonly #parts: WatchedPeopleParts
  readonly #users = new Map<string, Watched>()
  readonly #byConnection = new Map<Connection, Set<string>>()
  readonly #changed = new Set<string>()
  #timer: Timer | undefined

  constructor(parts: WatchedPeopleParts) {
    this.#parts = parts
  }

  /** The users that are watched. */
  users(): readonly string[] {
    return [...this.#users.keys()]
  }

  /** How many users a connection would watch if it watched these too. */
  countWith(connection: Connection, users: readonly string[]): number {
    return new Set([...(this.#byConnection.get(connection) ?? []), ...users]).size
  }

  /** Begins to watch. Answers who was not watched before, and of whom it is not known yet what the database says. */
  add(connection: Connection, users: readonly string[]): { added: string[]; unknown: string[] } {
    const watching = this.#byConnection.get(connection) ?? new Set()
    this.#byConnection.set(connection, watching)
    const added: string[] = []
    const unknown: string[] = []
    for (const user of new Set(users)) {
      if (!watching.has(user)) added.push(user)
      watching.add(user)
      const watched = this.#watched(user)
      watched.watchers.add(connection)
      if (!watched.isKnown) unknown.push(user)
    }
    return { added, unknown }
  }

  /** Ends watching, of all users when none are given. Answers whether the connection watches nobody any more. */
  remove(connection: Connection, users?: readonly string[]): boolean {
    const watching = this.#byConnection.get(connection)
    if (watching === undefined) return true
    for (const user of users ?? [...watching]) {
      if (!watching.delete(user)) continue
      const watched = this.#users.get(user)
      watched?.watchers.delete(connection)
      watched?.audience.remove(connection)
      if (watched?.watchers.size === 0) this.#users.delete(user)
    }
    if (watching.size > 0) return false
    this.#byConnection.delete(connection)
    return true
  }

  /** Takes what the database says of users; what has happened meanwhile is newer. */
  learn(users: readonly string[], facts: ReadonlyMap<string, UserFacts>): void {
    for (const user of users) {
      const watched = this.#users.get(user)
      if (watched === undefined) continue
      const { text, lastSeenAt } = facts.get(user) ?? {}
      if (watched.textAt === 0) watched.text = text
      watched.lastSeenAt = later(watched.lastSeenAt, lastSeenAt)
      watched.isKnown = true
      this.noteChange(user)
    }
  }

  /** What is known of users' texts is out of date. */
  forgetTexts(): void {
    for (const watched of this.#users.values()) watched.textAt = 0
  }

  /**
   * Tells a connection how those of the users are whom it still watches; from now on it hears of every change. Answers
   * whether there are any.
   */
  greet(connection: Connection, users: readonly string[]): boolean {
    const people: PersonStatus[] = []
    for (const user of new Set(users)) {
      const watched = this.#users.get(user)
      if (watched?.watchers.has(connection) !== true) continue
      // The others are told first what the new one finds.
      this.#tell(user, watched)
      people.push(this.#statusOf(user, watched))
      watched.audience.add(connection)
    }
    if (people.length === 0) return false
    tellOne(connection, pushed({ type: 'people', people }), this.#parts.counts)
    return true
  }

  /** A user may be otherwise than before. @param said what the user has just said of themselves, if that is it */
  noteChange(user: string, said?: PersonEntry): void {
    const watched = this.#users.get(user)
    if (watched === undefined) return
    if (said !== undefined && said.textAt > watched.textAt) {
      watched.text = said.text ?? undefined
      watched.textAt = said.textAt
    }
    this.#changed.add(user)
    this.#timer ??= this.#parts.clock.after(this.#parts.batchWindowMs, () => this.#flush())
  }

  /** A user has gone offline. */
  noteSeen(user: string): void {
    const watched = this.#users.get(user)
    if (watched !== undefined) watched.lastSeenAt = later(watched.lastSeenAt, this.#parts.clock.now())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#users.clear()
    this.#byConnection.clear()
    this.#changed.clear()
  }

  #watched(user: string): Watched {
    const existing = this.#users.get(user)
    if (existing !== undefined) return existing
    const made: Watched = {
      watchers: new Set(),
      audience: new Audience(this.#parts.counts),
      text: undefined,
      textAt: 0,
      lastSeenAt: undefined,
      isKnown: false,
      told: undefined,
      toldOnline: undefined,
    }
    this.#users.set(user, made)
    return made
  }

  #flush(): void {
    this.#timer = undefined
    for (const user of this.#changed) {
      const watched = this.#users.get(user)
      if (watched !== undefined) this.#tell(user, watched)
    }
    this.#changed.clear()
  }

  // One encoding for each format and user; what a connection hears of several leaves in one write.
  #tell(user: string, watched: Watched): void {
    if (!watched.isKnown) return
    const status = this.#statusOf(user, watched)
    const text = JSON.stringify(status)
    if (text === watched.told) return
    watched.told = text
    const isOnline = status.status !== 'offline'
    const cameOrWent = isOnline !== watched.toldOnline
    watched.toldOnline = isOnline
    const message = pushed({ type: 'people', people: [status] })
    watched.audience.tell((format) => (cameOrWent || !format.onlineOnly ? message(format) : undefined))
  }

  #statusOf(user: string, { text, lastSeenAt }: Watched): PersonStatus {
    const status = this.#parts.availability(user)
    return {
      id: user,
      status,
      ...(text === undefined ? {} : { text }),
      ...(status === 'offline' && lastSeenAt !== undefined ? { lastSeenAt } : {}),
    }
  }
}

const later = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)
