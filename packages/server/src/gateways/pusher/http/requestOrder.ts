// pusher-js numbers all requests of a page, and sends each message in a request of its own: on their way, over several
// connections and to several nodes, they overtake one another. What was sent first is to be served first.
import type { Clock, Timer } from '../../../foundation/clock.ts'

/** Requests that may wait for an earlier one; with more, the earlier one is given up. */
const MAX_EARLY = 32
/** How long they wait. */
const PATIENCE_MS = 1_000
/** The same where a number never came: it was that of another connection of the page, and there will be more of them. */
const SHARED_PATIENCE_MS = 100

/** Restores the order of one client's requests. */
export class RequestOrder {
  readonly #clock: Clock
  readonly #early = new Map<number, () => void>()
  /** The number that comes next; absent until the first has come. */
  #next: number | undefined
  #patienceMs = PATIENCE_MS
  #patience: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Serves a request, now or when those before it have come or were given up.
   * @param number absent where the client numbers none
   */
  accept(number: number | undefined, serve: () => void): void {
    this.#next ??= number
    if (number === undefined || this.#next === undefined || number < this.#next) {
      serve()
      return
    }
    this.#early.set(number, serve)
    this.#serveDue()
    if (this.#early.size > MAX_EARLY) this.#giveUp()
  }

  /** Serves no more of what waits. */
  stop(): void {
    this.#patience?.cancel()
    this.#early.clear()
  }

  #serveDue(): void {
    const before = this.#next
    for (let due = this.#due(); due !== undefined; due = this.#due()) due()
    if (this.#next !== before) this.#patience?.cancel()
    if (this.#early.size === 0) this.#patience = undefined
    else if (this.#next !== before || this.#patience === undefined) {
      this.#patience = this.#clock.after(this.#patienceMs, () => this.#giveUp())
    }
  }

  #due(): (() => void) | undefined {
    if (this.#next === undefined) return undefined
    const due = this.#early.get(this.#next)
    if (due === undefined) return undefined
    this.#early.delete(this.#next)
    this.#next += 1
    return due
  }

  #giveUp(): void {
    this.#patienceMs = SHARED_PATIENCE_MS
    this.#next = Math.min(...this.#early.keys())
    this.#serveDue()
  }
}
