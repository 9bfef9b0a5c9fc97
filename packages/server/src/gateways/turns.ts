// One after another, for each key: what two commands do with the same channel at the same time must not undo one another.

/** Takes turns by key. Holds a key only as long as something with it is under way. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `work` when everything before it with the same key has ended, however it ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    let end = () => {}
    const turn = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last.set(key, turn)
    try {
      await before
      return await work()
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
      end()
    }
  }
}
