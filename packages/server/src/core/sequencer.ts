// Restores the order of a channel's publications, which arrive in any order, some twice, some never. Pure: the
// owner decides when to fetch what is missing.
import type { Publication } from '@nowcast/protocol'

/** Lets publications pass in offset order without holes, each once. */
export class Sequencer {
  readonly #maxWaiting: number
  #offset: number
  #head: number
  readonly #waiting = new Map<number, Publication>()

  /**
   * @param offset the last offset that has passed
   * @param maxWaiting publications kept while an earlier one is missing; further ones are dropped and fetched later
   */
  constructor(offset: number, maxWaiting: number) {
    this.#offset = offset
    this.#head = offset
    this.#maxWaiting = maxWaiting
  }

  /** The last offset that has passed. */
  get offset(): number {
    return this.#offset
  }

  /** True when an offset is known to exist that has not passed. */
  get behind(): boolean {
    return this.#head > this.#offset
  }

  /** Takes note that `offset` exists. */
  expect(offset: number): void {
    if (offset > this.#head) this.#head = offset
  }

  /** Takes a publication; calls `pass` for each that is now in order. */
  accept(publication: Publication, pass: (publication: Publication) => void): void {
    const { offset } = publication
    if (offset <= this.#offset) return
    this.expect(offset)
    if (offset > this.#offset + 1) {
      if (this.#waiting.size < this.#maxWaiting) this.#waiting.set(offset, publication)
      return
    }
    this.#offset = offset
    pass(publication)
    if (this.#waiting.size > 0) this.#release(pass)
  }

  /** Continues after `offset`, whatever was missing before it. */
  skipTo(offset: number, pass: (publication: Publication) => void): void {
    if (offset <= this.#offset) return
    this.#offset = offset
    this.expect(offset)
    for (const waiting of this.#waiting.keys()) if (waiting <= offset) this.#waiting.delete(waiting)
    this.#release(pass)
  }

  #release(pass: (publication: Publication) => void): void {
    for (;;) {
      const next = this.#waiting.get(this.#offset + 1)
      if (next === undefined) return
      this.#waiting.delete(next.offset)
      this.#offset = next.offset
      pass(next)
    }
  }
}
