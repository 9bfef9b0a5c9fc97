// What was started is stopped again in the opposite order, whether a node ran or only half came up.

/** Stops what it was given, newest first. */
export class Lifetime {
  readonly #stops: (() => void | Promise<void>)[] = []

  /** Adds something that was started. */
  add(stop: () => void | Promise<void>): void {
    this.#stops.push(stop)
  }

  /** Stops everything, also when one of them fails. @throws whatever failed first */
  async end(): Promise<void> {
    const failures: unknown[] = []
    for (const stop of this.#stops.splice(0).reverse()) {
      try {
        await stop()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
