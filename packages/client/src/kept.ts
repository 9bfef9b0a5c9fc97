// The same object for the same name while it is in use, and for the last of those that are not.

/** Something that may be in use. */
interface Usable {
  readonly active: boolean
}

/** Objects by name. */
export class Kept<T extends Usable> {
  readonly #maxIdle: number
  readonly #make: (name: string) => T
  readonly #all = new Map<string, T>()

  /** @param maxIdle how many are kept that are not in use */
  constructor(maxIdle: number, make: (name: string) => T) {
    this.#maxIdle = maxIdle
    this.#make = make
  }

  /** The one that there is, or a new one. */
  get(name: string): T {
    let one = this.#all.get(name)
    if (one === undefined) {
      this.#forgetIdle()
      one = this.#make(name)
      this.#all.set(name, one)
    }
    return one
  }

  /** The one that there is. */
  find(name: string): T | undefined {
    return this.#all.get(name)
  }

  /** All that there are. */
  values(): Iterable<T> {
    return this.#all.values()
  }

  #forgetIdle(): void {
    let idle = 0
    for (const [name, one] of [...this.#all].reverse()) {
      if (one.active) continue
      idle += 1
      if (idle > this.#maxIdle) this.#all.delete(name)
    }
  }
}
