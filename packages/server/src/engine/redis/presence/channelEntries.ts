// The users that this node entered on one channel, and the way of each wish to Redis. Calls go one after another; what is
// wished while one is on its way gathers for the next. What Redis holds is compared with what it should with every answer.
import { type Json, NowcastError, type Position } from '@nowcast/protocol'
import type { Clock } from '../../../foundation/clock.ts'
import { type PresenceAnswer, type PresenceWish, toUsers } from './message.ts'

/** What the entries work with. */
export interface ChannelEntriesParts {
  readonly clock: Clock
  /** Calls the script. @throws NowcastError `unavailable`; then it may have run all the same */
  readonly call: (wishes: readonly PresenceWish[], ask: 'users' | '') => Promise<PresenceAnswer>
}

interface Waiting {
  /** Absent when only the lease is to be refreshed, and the place read. */
  readonly wish: PresenceWish | undefined
  readonly resolve: (position: Position) => void
  readonly reject: (error: unknown) => void
}

interface Entry {
  readonly info: string
  readonly given: string
}

/** Wishes in one call of the script. */
const MAX_BATCH = 100
/** Wishes of one channel that may wait; over it an `enter` is refused and can be repeated. */
const MAX_WAITING = 10_000
const RETRY_WHEN_FULL_MS = 250

/** One channel's users of this node. */
export class ChannelEntries {
  readonly #parts: ChannelEntriesParts
  readonly #entered = new Map<string, Entry>()
  /** Users of whom it is not known whether Redis holds them for this node as it should. */
  readonly #doubtful = new Set<string>()
  #waiting: Waiting[] = []
  #running = false

  constructor(parts: ChannelEntriesParts) {
    this.#parts = parts
  }

  /** True when there is nothing to remember. */
  get isIdle(): boolean {
    return !this.#running && this.#entered.size === 0 && this.#doubtful.size === 0
  }

  /** @throws NowcastError `unavailable` */
  async enter(user: string, info: Json): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      const retryAfterMs = RETRY_WHEN_FULL_MS
      throw new NowcastError('unavailable', 'Too many enter this channel at once.', { retryAfterMs })
    }
    await this.#wait({ kind: 'enter', user: JSON.stringify(user), info: JSON.stringify(info), given: '' })
  }

  /** @throws NowcastError `unavailable`; the user is let go as soon as that is possible */
  async leave(user: string): Promise<void> {
    await this.#wait(leaving(JSON.stringify(user)))
  }

  /** Refreshes the lease, mends what Redis forgot, and reads the channel's place. @throws NowcastError `unavailable` */
  touch(): Promise<Position> {
    return this.#wait(undefined)
  }

  #wait(wish: PresenceWish | undefined): Promise<Position> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ wish, resolve, reject })
      if (!this.#running) this.#drainSoon()
    })
  }

  #drainSoon(): void {
    this.#running = true
    this.#parts.clock.endOfTurn(() => void this.#drain())
  }

  async #drain(): Promise<void> {
    let next: 'nothing' | 'call' | 'list' = 'call'
    while (next !== 'nothing') next = await this.#callOnce(next)
    this.#running = false
    if (this.#waiting.length > 0) this.#drainSoon()
  }

  /** One call of the script. Answers what is to be done next. */
  async #callOnce(kind: 'call' | 'list'): Promise<'nothing' | 'call' | 'list'> {
    const batch = this.#waiting.splice(0, MAX_BATCH)
    const wishes = batch.flatMap(({ wish }) => wish ?? [])
    const corrections = this.#corrections(new Set(wishes.map(({ user }) => user)))
    try {
      const ask = kind === 'list' ? 'users' : ''
      const answer = await this.#parts.call([...corrections, ...wishes], ask)
      for (const wish of [...corrections, ...wishes]) this.#done(wish, answer.at)
      for (const { resolve } of batch) resolve(answer.position)
      if (kind === 'list') this.#doubtDifference(toUsers(answer.asked))
      if (this.#waiting.length > 0 || this.#doubtful.size > 0 || answer.more) return 'call'
      return answer.held === this.#entered.size ? 'nothing' : 'list'
    } catch (error) {
      // What waits would wait as long again; its makers know better whether to try it once more.
      for (const waiting of [...batch, ...this.#waiting.splice(0)]) this.#failed(waiting, error)
      return 'nothing'
    }
  }

  /** What makes Redis hold what it should, for some of the users in doubt. */
  #corrections(wished: ReadonlySet<string>): PresenceWish[] {
    const corrections: PresenceWish[] = []
    for (const user of this.#doubtful) {
      if (corrections.length === MAX_BATCH) break
      if (wished.has(user)) continue
      const entry = this.#entered.get(user)
      corrections.push(entry === undefined ? leaving(user) : { kind: 'restore', user, ...entry })
    }
    return corrections
  }

  #done({ kind, user, info }: PresenceWish, at: string): void {
    this.#doubtful.delete(user)
    if (kind === 'enter') this.#entered.set(user, { info, given: at })
    else if (kind === 'leave') this.#entered.delete(user)
  }

  #failed({ wish, reject }: Waiting, error: unknown): void {
    if (wish !== undefined) {
      this.#doubtful.add(wish.user)
      if (wish.kind === 'leave') this.#entered.delete(wish.user)
    }
    reject(error)
  }

  #doubtDifference(held: readonly string[]): void {
    const there = new Set(held)
    for (const user of there) if (!this.#entered.has(user)) this.#doubtful.add(user)
    for (const user of this.#entered.keys()) if (!there.has(user)) this.#doubtful.add(user)
  }
}

const leaving = (user: string): PresenceWish => ({ kind: 'leave', user, info: '', given: '' })
