// Which transport is tried next. All are tried, the best first; the one that worked last is tried first from then on, and
// the others only after it has failed twice: a server that restarts is no reason to leave a WebSocket.
import { type TransportName, transportNames } from '@nowcast/protocol'

/** The choice of one client. */
export class TransportChoice {
  readonly #names: readonly TransportName[]
  /** Place of the one that is tried first. */
  #first = 0
  /** True once that one has carried something. */
  #isProven = false
  /** Those that failed in this round. */
  #failed = 0
  /** Rounds that failed since something worked. */
  #failedRounds = 0

  /** @throws Error when there is none to choose from */
  constructor(names: readonly TransportName[] = transportNames) {
    if (names.length === 0) throw new Error('"transports" must name at least one.')
    this.#names = names
  }

  /** The one to try now. */
  get current(): TransportName {
    return this.#names[this.#index] ?? 'websocket'
  }

  /** True when another is tried at once should this one fail. */
  get hasNext(): boolean {
    const triesAll = !this.#isProven || this.#failedRounds > 0
    return this.#failed + 1 < (triesAll ? this.#names.length : 1)
  }

  /** Those that are better than the one that works. */
  get better(): readonly TransportName[] {
    return this.#names.slice(0, this.#index)
  }

  /** The current one has failed; the next is current. @returns false when that begins a new round */
  fail(): boolean {
    const { hasNext } = this
    if (hasNext) this.#failed += 1
    else this.beginRound(this.#failedRounds + 1)
    return hasNext
  }

  /** `name` works: it is tried first from now on. */
  prefer(name: TransportName): void {
    this.#first = Math.max(this.#names.indexOf(name), 0)
    this.#isProven = true
    this.beginRound(0)
  }

  /** Begins with the first again. @param failedRounds rounds that failed since something worked */
  beginRound(failedRounds = this.#failedRounds): void {
    this.#failed = 0
    this.#failedRounds = failedRounds
  }

  get #index(): number {
    return (this.#first + this.#failed) % this.#names.length
  }
}
