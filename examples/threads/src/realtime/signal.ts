// Something that happens, and who hears of it.

/** Listeners without a value. */
export class Signal {
  readonly #listeners = new Set<() => void>()

  /** @returns stops that */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Tells everybody. */
  tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
