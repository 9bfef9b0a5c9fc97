// When to say that somebody types, and when that they do not any more: seldom, and never wrongly for long.
import type { Timers } from '../timers.ts'

/** Who strikes the first key may have struck it by mistake. */
const DEBOUNCE_MS = 300
/** At most one call in this time. */
const CALL_INTERVAL_MS = 2_000
/** The server forgets after 8 s. */
const RENEWAL_MS = 4_000
const SILENCE_MS = 3_000

/** What the keystrokes lead to. */
export interface KeystrokesOwner {
  /** True when something can be said. */
  ready(): boolean
  /** Says that the user types, or does not any more. */
  say(typing: boolean): void
  /** Called when `active` has changed. */
  changed(): void
}

/**
 * `beginning`: keys are struck, but nothing was said yet. `typing`: it was said. `ending`: that it has ended is said as soon
 * as another call is allowed.
 */
type State = 'quiet' | 'beginning' | 'typing' | 'ending'

/** The keystrokes of one user on one channel. */
export class Keystrokes {
  readonly #timers: Timers
  readonly #owner: KeystrokesOwner
  #state: State = 'quiet'
  #firstKeyAt = 0
  #lastKeyAt = 0
  /** No call before. */
  #allowedAt = 0
  /** A key struck from then on renews what was said. */
  #renewalAt = 0
  #cancel = () => {}

  constructor(timers: Timers, owner: KeystrokesOwner) {
    this.#timers = timers
    this.#owner = owner
  }

  /** False when there is nothing to say. */
  get active(): boolean {
    return this.#state !== 'quiet'
  }

  /** A key was struck. */
  struck(): void {
    const now = this.#timers.now()
    this.#lastKeyAt = now
    if (this.#state === 'quiet') {
      this.#firstKeyAt = now
      this.#become('beginning')
    } else if (this.#state === 'ending') this.#become('typing')
    if (this.#state === 'typing' && now >= this.#renewalAt) this.#say(true)
    this.plan()
  }

  /** The user has stopped, and knows it. */
  stop(): void {
    if (this.#state === 'beginning') this.forget()
    else if (this.#state === 'typing') {
      this.#become('ending')
      this.plan()
    }
  }

  /** Nothing is to be said any more: the server knows by itself. */
  forget(): void {
    this.#cancel()
    this.#become('quiet')
  }

  /** The server did not take that the user types; a later keystroke says it again. */
  refused(retryAfterMs: number): void {
    this.#allowedAt = Math.max(this.#allowedAt, this.#timers.now() + retryAfterMs)
    if (this.#state === 'typing') this.#become('beginning')
    else if (this.#state === 'ending') this.#become('quiet')
    this.plan()
  }

  /** Plans what comes next; also to be called when `ready` has changed. */
  plan(): void {
    this.#cancel()
    if (this.#state === 'quiet') return
    const now = this.#timers.now()
    const at = this.#nextAt()
    if (this.#state === 'ending' && at <= now) this.#proceed()
    else this.#cancel = this.#timers.after(Math.max(0, at - now), () => this.#proceed())
  }

  #nextAt(): number {
    const silentAt = this.#lastKeyAt + SILENCE_MS
    if (this.#state === 'ending') return this.#allowedAt
    if (this.#state === 'typing') return silentAt
    return this.#owner.ready() ? Math.min(silentAt, this.#beginsAt) : silentAt
  }

  get #beginsAt(): number {
    return Math.max(this.#firstKeyAt + DEBOUNCE_MS, this.#allowedAt)
  }

  /** The planned moment has come. */
  #proceed(): void {
    const now = this.#timers.now()
    if (this.#state === 'ending') {
      this.#become('quiet')
      this.#say(false)
    } else if (now >= this.#lastKeyAt + SILENCE_MS) this.stop()
    else if (this.#state === 'beginning' && now >= this.#beginsAt) {
      this.#become('typing')
      this.#say(true)
      this.plan()
    } else this.plan()
  }

  #say(typing: boolean): void {
    const now = this.#timers.now()
    this.#allowedAt = now + CALL_INTERVAL_MS
    this.#renewalAt = now + RENEWAL_MS
    this.#owner.say(typing)
  }

  #become(state: State): void {
    const wasActive = this.active
    this.#state = state
    if (this.active !== wasActive) this.#owner.changed()
  }
}
