// Frames that come in requests of their own may overtake one another and be repeated; the session gets each once, in order.
import { NowcastError } from '@nowcast/protocol'

/** Frames that may wait for an earlier one. */
const MAX_EARLY = 16

/** Restores the order of one client's frames. */
export class IncomingFrames {
  readonly #deliver: (text: string) => void
  readonly #early = new Map<number, string>()
  #next = 1

  constructor(deliver: (text: string) => void) {
    this.#deliver = deliver
  }

  /**
   * Takes the frame with a number: 1, 2, 3… One that was seen before is dropped.
   * @throws NowcastError `invalid_command` when too many before it are missing
   */
  accept(number: number, text: string): void {
    if (number < this.#next) return
    if (number > this.#next + MAX_EARLY) {
      throw new NowcastError('invalid_command', `Frame ${this.#next} must come first.`, { field: 'n' })
    }
    this.#early.set(number, text)
    for (let due = this.#early.get(this.#next); due !== undefined; due = this.#early.get(this.#next)) {
      this.#early.delete(this.#next)
      this.#next += 1
      this.#deliver(due)
    }
  }
}
