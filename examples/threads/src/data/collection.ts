// Things of one kind by their ids, from two sources that overtake each other: what is loaded, and what events bring.

/** Ids of removed things that are remembered; by then no late event speaks of the oldest any more. */
const MAX_REMOVED = 1_000

/** Things by id. The same news twice, or old news after new, change nothing. */
export class Collection<Thing extends { readonly id: string }> {
  readonly #newer: (known: Thing, incoming: Thing) => Thing
  #things = new Map<string, Thing>()
  readonly #removed = new Set<string>()
  /** What events brought since the load under way began: it may have been too early to contain it. */
  #arrived = new Set<string>()

  /** @param newer which of two versions of a thing is to be shown */
  constructor(newer: (known: Thing, incoming: Thing) => Thing) {
    this.#newer = newer
  }

  /** All things, in no order. */
  get all(): readonly Thing[] {
    return [...this.#things.values()]
  }

  /** A thing. */
  get(id: string): Thing | undefined {
    return this.#things.get(id)
  }

  /** Takes a thing that was made or changed; one that was removed stays so. */
  put(thing: Thing): void {
    if (this.#removed.has(thing.id)) return
    this.#arrived.add(thing.id)
    this.#keep(thing)
  }

  /** Takes note that a thing was removed, for ever. */
  remove(id: string): void {
    this.#things.delete(id)
    this.#removed.add(id)
    const [oldest] = this.#removed
    if (this.#removed.size > MAX_REMOVED && oldest !== undefined) this.#removed.delete(oldest)
  }

  /** To be called when a load of all things begins. */
  loading(): void {
    this.#arrived = new Set()
  }

  /**
   * Takes the result of a load: what it does not contain is gone, unless it arrived meanwhile.
   * @param covers false for what this load would not have contained
   */
  loaded(things: readonly Thing[], covers: (thing: Thing) => boolean = () => true): void {
    const known = this.#things
    this.#things = new Map()
    for (const thing of known.values()) {
      if (this.#arrived.has(thing.id) || !covers(thing)) this.#things.set(thing.id, thing)
    }
    for (const thing of things) {
      if (this.#removed.has(thing.id)) continue
      const before = known.get(thing.id)
      if (before !== undefined) this.#things.set(thing.id, before)
      this.#keep(thing)
    }
  }

  #keep(thing: Thing): void {
    const known = this.#things.get(thing.id)
    this.#things.set(thing.id, known === undefined ? thing : this.#newer(known, thing))
  }
}
