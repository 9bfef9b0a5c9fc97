// Whether a peer lives, by when something was last heard of it.

/** What a look at a peer says: `silent`: it should be asked for a sign of life; said once until it is heard. */
export type Sign = 'alive' | 'silent' | 'dead'

/** One peer's signs of life. */
export class Liveness {
  readonly #heartbeatMs: number
  #lastHeard: number
  #asked = false

  constructor(heartbeatMs: number, now: number) {
    this.#heartbeatMs = heartbeatMs
    this.#lastHeard = now
  }

  /** The peer has given a sign of life. */
  heard(now: number): void {
    this.#lastHeard = now
    this.#asked = false
  }

  /** How it looks now. */
  look(now: number): Sign {
    const silentMs = now - this.#lastHeard
    if (silentMs > this.#heartbeatMs * 2) return 'dead'
    if (silentMs <= this.#heartbeatMs || this.#asked) return 'alive'
    this.#asked = true
    return 'silent'
  }
}
