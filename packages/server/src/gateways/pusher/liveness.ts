// Whether a peer lives: one that was silent for long is asked, and has some time to answer.

/** What a look at a peer says: `silent`: it is to be asked for a sign of life; said once until it is heard. */
export type Sign = 'alive' | 'silent' | 'dead'

/** How long a peer may be silent, in milliseconds. */
export interface Patience {
  readonly activityTimeout: number
  readonly pongTimeout: number
}

/** One peer's signs of life. */
export class Liveness {
  #lastHeard: number
  #askedAt: number | undefined

  constructor(now: number) {
    this.#lastHeard = now
  }

  /** The peer has given a sign of life. */
  heard(now: number): void {
    this.#lastHeard = now
    this.#askedAt = undefined
  }

  /** How it looks now. */
  look(now: number, { activityTimeout, pongTimeout }: Patience): Sign {
    if (this.#askedAt !== undefined) return now - this.#askedAt >= pongTimeout ? 'dead' : 'alive'
    if (now - this.#lastHeard < activityTimeout) return 'alive'
    this.#askedAt = now
    return 'silent'
  }
}
