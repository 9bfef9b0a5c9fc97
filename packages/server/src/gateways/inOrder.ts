// Commands of a connection are served in the order in which they came, though some have to wait for a condition first:
// who starts something and stops it must not have it started in the end.

/** Lets one after another pass. */
export class InOrder {
  #last: Promise<void> | undefined

  /**
   * Lines up behind those before.
   * @param condition what has to be true first; nothing when it is
   * @returns settles as the condition does, but not before those of the ones before; nothing when there is nothing to wait for
   */
  after(condition: Promise<void> | undefined): Promise<void> | undefined {
    const before = this.#last
    if (condition === undefined && before === undefined) return undefined
    // Should it fail before its turn comes, somebody has to have heard of it.
    condition?.catch(() => {})
    const turn = before === undefined ? Promise.resolve(condition) : before.then(() => condition)
    const last = turn
      .catch(() => {})
      .then(() => {
        if (this.#last === last) this.#last = undefined
      })
    this.#last = last
    return turn
  }
}
