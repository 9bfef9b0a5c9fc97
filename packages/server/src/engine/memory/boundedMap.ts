// A map that never grows over its bound: what was used longest ago is forgotten first.

/** Values by key, least recently used first. */
export class BoundedMap<Value> {
  readonly #max: number
  readonly #values = new Map<string, Value>()

  /** @param max entries */
  constructor(max: number) {
    this.#max = max
  }

  /** The value, which counts as used now. */
  get(key: string): Value | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  /** Puts a value, which counts as used now. */
  set(key: string, value: Value): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#max) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      return
    }
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  /** Lets go of every value that `ended` is true for. */
  sweep(ended: (value: Value) => boolean): void {
    for (const [key, value] of this.#values) if (ended(value)) this.#values.delete(key)
  }
}
