// Where tokens come from, and how the one of a live connection is renewed before it ends.
import type { ClientOptions } from '../options.ts'
import type { Timers } from '../timers.ts'

const RENEW_BEFORE_MS = 30_000
const RENEW_AFTER = 0.8
const MIN_DELAY_MS = 1_000
const MAX_DELAY_MS = 2 ** 31 - 1
const RETRY_MS = 5_000

/** The tokens of a client. */
export class Tokens {
  readonly #source: ClientOptions['token']
  readonly #timers: Timers
  #run = 0
  #cancel = () => {}

  constructor(source: ClientOptions['token'], timers: Timers) {
    this.#source = source
    this.#timers = timers
  }

  /** True when another token can be had. */
  get renewable(): boolean {
    return typeof this.#source === 'function'
  }

  /** A token for now; undefined for an anonymous client. */
  async get(): Promise<string | undefined> {
    return typeof this.#source === 'function' ? this.#source() : this.#source
  }

  /**
   * Renews the token before it ends: 30 s, or a fifth of its life where that is shorter.
   * @param lifetimeMs what remains of it
   * @param renew hands a new token to the server; resolves to how long that one lasts, or undefined when for ever
   */
  keepFresh(lifetimeMs: number, renew: (token: string) => Promise<number | undefined>): void {
    this.stop()
    if (!this.renewable) return
    this.#schedule(Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs * RENEW_AFTER), renew)
  }

  /** Renews no more. */
  stop(): void {
    this.#run += 1
    this.#cancel()
  }

  #schedule(delayMs: number, renew: (token: string) => Promise<number | undefined>): void {
    const bounded = Math.min(Math.max(delayMs, MIN_DELAY_MS), MAX_DELAY_MS)
    this.#cancel = this.#timers.after(bounded, () => void this.#renew(renew))
  }

  async #renew(renew: (token: string) => Promise<number | undefined>): Promise<void> {
    const run = this.#run
    try {
      const token = await this.get()
      if (run !== this.#run || token === undefined) return
      const lifetimeMs = await renew(token)
      if (run === this.#run && lifetimeMs !== undefined) this.keepFresh(lifetimeMs, renew)
    } catch {
      // Until the old one ends there is time to try again; after that the server ends the connection, and the next
      // one begins with a new token.
      if (run === this.#run) this.#schedule(RETRY_MS, renew)
    }
  }
}
