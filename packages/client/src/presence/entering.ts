// One's own membership on a channel: what the application wants last is said until the server has acknowledged it, and
// again each time that the channel is subscribed anew.
import { type Json, NowcastError } from '@nowcast/protocol'
import type { WatchParts } from './watches.ts'

interface Wish {
  readonly data: { readonly data?: Json } | undefined
  acknowledged: boolean
  resolve(outcome?: Promise<void>): void
  reject(error: NowcastError): void
}

const RETRY_MS = 1_000

/** Enters and leaves a channel. */
export class Entering {
  readonly #channel: string
  readonly #parts: WatchParts
  readonly #keep: () => () => void
  /** What is wanted; undefined when there is nothing to say. Without `data`: to leave. */
  #wish: Wish | undefined
  /** What the server knows on the present subscription. */
  #said: Wish | undefined
  #subscribed = false
  #saying = false
  /** Counts subscriptions. */
  #round = 0
  #release: (() => void) | undefined
  #cancelRetry = () => {}

  /** @param keep keeps the channel subscribed, and answers with what stops that */
  constructor(channel: string, parts: WatchParts, keep: () => () => void) {
    this.#channel = channel
    this.#parts = parts
    this.#keep = keep
  }

  /** True while the user is entered, or about to enter or leave. */
  get active(): boolean {
    return this.#wish !== undefined
  }

  enter(data: Json | undefined): Promise<void> {
    return this.#want(data === undefined ? {} : { data })
  }

  leave(): Promise<void> {
    return this.#wish === undefined ? Promise.resolve() : this.#want(undefined)
  }

  subscribed(): void {
    this.#subscribed = true
    void this.#say()
  }

  unsubscribed(): void {
    this.#subscribed = false
    this.#said = undefined
    this.#round += 1
    this.#cancelRetry()
    if (this.#wish?.data === undefined) this.#finish()
  }

  /** The channel can't be had. */
  refused(error: NowcastError): void {
    if (this.#wish?.acknowledged === false) this.#finish(error)
  }

  #want(data: Wish['data']): Promise<void> {
    const earlier = this.#wish
    const promise = new Promise<void>((resolve, reject) => {
      this.#wish = { data, acknowledged: false, resolve, reject }
    })
    earlier?.resolve(promise)
    this.#release ??= this.#keep()
    if (data === undefined && !this.#subscribed) this.#finish()
    void this.#say()
    return promise
  }

  async #say(): Promise<void> {
    this.#cancelRetry()
    if (this.#saying) return
    this.#saying = true
    // What is wanted and taken back in one turn is not said.
    await undefined
    while (this.#subscribed && this.#wish !== undefined && this.#wish !== this.#said) {
      if (!(await this.#sayOnce(this.#wish))) break
    }
    this.#saying = false
  }

  /** @returns false when it is to be said again later */
  async #sayOnce(wish: Wish): Promise<boolean> {
    const { connection, timers } = this.#parts
    const round = this.#round
    const channel = this.#channel
    try {
      if (wish.data === undefined) await connection.request('presence.leave', { channel })
      else await connection.request('presence.enter', { channel, ...wish.data })
      wish.acknowledged = true
      wish.resolve()
      if (round === this.#round) this.#said = wish
      if (wish.data === undefined && wish === this.#wish) this.#finish()
      return true
    } catch (error) {
      const refusal = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
      if (wish !== this.#wish || round !== this.#round) return true
      if (refusal.code === 'not_connected') return false
      // The subscription may have crossed a loss on its way.
      if (!refusal.retryable && refusal.code !== 'not_subscribed') {
        this.#finish(refusal)
        return true
      }
      const delayMs = refusal.retryAfterMs ?? RETRY_MS * (0.5 + timers.random())
      this.#cancelRetry = timers.after(delayMs, () => void this.#say())
      return false
    }
  }

  #finish(error?: NowcastError): void {
    const wish = this.#wish
    this.#wish = undefined
    this.#said = undefined
    if (error === undefined || wish?.data === undefined) wish?.resolve()
    else wish.reject(error)
    const release = this.#release
    this.#release = undefined
    release?.()
  }
}
