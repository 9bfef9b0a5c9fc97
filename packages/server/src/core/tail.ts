// The newest publications of a live channel, in this node's memory: most recoveries need nothing else.
import type { Publication } from '@nowcast/protocol'

/** A bounded run of publications with consecutive offsets. */
export class Tail {
  readonly #size: number
  #publications: Publication[] = []
  /** Publications before this index were dropped; kept to make dropping cheap. */
  #start = 0

  /** @param size publications kept at most */
  constructor(size: number) {
    this.#size = size
  }

  /** Adds the publication that follows the newest one. */
  push(publication: Publication): void {
    if (this.#size === 0) return
    this.#publications.push(publication)
    if (this.#publications.length - this.#start > this.#size) this.#start += 1
    if (this.#start > this.#size) {
      this.#publications = this.#publications.slice(this.#start)
      this.#start = 0
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#publications = []
    this.#start = 0
  }

  /** Everything above `offset`, or undefined when the tail does not reach back that far. */
  after(offset: number): readonly Publication[] | undefined {
    const first = this.#publications[this.#start]
    if (first === undefined || offset < first.offset - 1) return undefined
    return this.#publications.slice(this.#start + offset + 1 - first.offset)
  }
}
