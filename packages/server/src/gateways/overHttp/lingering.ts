// Sessions over HTTP that are over, and whose last frames can still be fetched for a while.

/** So many; of more, the oldest are forgotten. */
const MAX_LINGERING = 1_000

/** Ids of sessions that are over. */
export class Lingering {
  readonly #forget: (id: string) => void
  /** The oldest first. */
  readonly #ids = new Set<string>()

  /** @param forget lets a session go for good; it is deleted here then */
  constructor(forget: (id: string) => void) {
    this.#forget = forget
  }

  /** A session is over. */
  add(id: string): void {
    this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= MAX_LINGERING) return
      this.#ids.delete(oldest)
      this.#forget(oldest)
    }
  }

  /** Nothing of the session is left. */
  delete(id: string): void {
    this.#ids.delete(id)
  }
}
