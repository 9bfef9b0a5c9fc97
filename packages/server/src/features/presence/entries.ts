// What this node has entered in the engine's presence: repeated until it works where nobody waits for the outcome, and all
// taken back when the node stops.
import { type Json, NowcastError } from '@nowcast/protocol'
import type { Presence } from '../../engine/presence.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'

interface Wish {
  readonly info: Json
}

interface Due {
  readonly key: ChannelKey
  readonly user: string
  readonly wish: Wish
}

const MIN_RETRY_MS = 250
const MAX_RETRY_MS = 5_000

/** The users that this node has entered, by channel. */
export class Entries {
  readonly #presence: Presence
  readonly #clock: Clock
  readonly #entered = new Map<ChannelKey, Map<string, Wish>>()
  /** What failed and is to be tried again: at most one for each entry. */
  #due: Due[] = []
  #retrying: Timer | undefined
  #retryMs = MIN_RETRY_MS
  #stopped = false

  constructor(presence: Presence, clock: Clock) {
    this.#presence = presence
    this.#clock = clock
  }

  /** Enters a user. @throws NowcastError `unavailable`; then all is as it was before */
  async enter(key: ChannelKey, user: string, info: Json): Promise<void> {
    if (this.#stopped) throw new NowcastError('unavailable', 'The server is stopping.')
    const before = this.#entered.get(key)?.get(user)
    const wish = { info }
    this.#set(key, user, wish)
    try {
      await this.#presence.enter(key, user, info)
    } catch (error) {
      if (this.#isCurrent({ key, user, wish })) this.#set(key, user, before)
      throw error
    }
  }

  /** Enters a user as soon as that is possible. */
  keep(key: ChannelKey, user: string, info: Json): void {
    if (this.#stopped) return
    const wish = { info }
    this.#set(key, user, wish)
    this.#try({ key, user, wish })
  }

  /** Lets a user go. @throws NowcastError `unavailable`; then the user leaves as soon as that is possible */
  async leave(key: ChannelKey, user: string): Promise<void> {
    if (this.#stopped) return
    this.#set(key, user, undefined)
    await this.#presence.leave(key, user)
  }

  /** Lets everybody go, and enters nobody again. Those who can't be let go now leave when this node's lease ends. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#retrying?.cancel()
    const leaving: Promise<void>[] = []
    for (const [key, users] of this.#entered) {
      for (const user of users.keys()) leaving.push(this.#presence.leave(key, user))
    }
    this.#entered.clear()
    await Promise.allSettled(leaving)
  }

  #set(key: ChannelKey, user: string, wish: Wish | undefined): void {
    const users = this.#entered.get(key)
    if (wish === undefined) {
      users?.delete(user)
      if (users?.size === 0) this.#entered.delete(key)
    } else if (users === undefined) this.#entered.set(key, new Map([[user, wish]]))
    else users.set(user, wish)
  }

  #isCurrent({ key, user, wish }: Due): boolean {
    return this.#entered.get(key)?.get(user) === wish
  }

  #try(due: Due): void {
    this.#presence.enter(due.key, due.user, due.wish.info).then(
      () => {
        this.#retryMs = MIN_RETRY_MS
      },
      () => this.#tryLater(due),
    )
  }

  #tryLater(due: Due): void {
    if (this.#stopped || !this.#isCurrent(due)) return
    this.#due.push(due)
    this.#retrying ??= this.#clock.after(this.#retryMs, () => this.#tryAgain())
  }

  #tryAgain(): void {
    this.#retrying = undefined
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
    for (const due of this.#due.splice(0)) if (this.#isCurrent(due)) this.#try(due)
  }
}
