// Items by key: how each change is applied, and which of two states of an item is the newer one.

/** What happens to one item. */
export type Change<Item> =
  /** It is this now; it is added where there is none. */
  | { readonly put: Item }
  /** These fields of it are others now; nothing happens where there is no such item. */
  | { readonly patch: Partial<Item>; readonly key: string }
  /** There is none with this key any more. */
  | { readonly remove: string }

/** How items are told apart. */
export interface ItemRules<Item> {
  key(item: Item): string
  /** A number that rises with each change of an item, where there is one: an older state never replaces a newer one. */
  version(item: Partial<Item>): number | undefined
}

/** Keys remembered of items that were removed. */
const MAX_REMOVED = 1_000

/** Items, by key, in the order in which they were added. */
export class Items<Item extends object> {
  readonly #rules: ItemRules<Item>
  #items = new Map<string, Item>()
  /** What was removed is not brought back by an answer that was under way. */
  readonly #removed = new Set<string>()

  constructor(rules: ItemRules<Item>, items: readonly Item[] = []) {
    this.#rules = rules
    for (const item of items) this.#items.set(rules.key(item), item)
  }

  /** Which item a change is about. */
  keyOf(change: Change<Item>): string {
    if ('put' in change) return this.#rules.key(change.put)
    return 'remove' in change ? change.remove : change.key
  }

  get(key: string): Item | undefined {
    return this.#items.get(key)
  }

  /** A copy that can be changed by itself. */
  copy(): Map<string, Item> {
    return new Map(this.#items)
  }

  /** Puts a snapshot in place of everything, but for items that are newer than theirs. */
  replace(items: readonly Item[]): void {
    this.#removed.clear()
    const before = this.#items
    this.#items = new Map()
    for (const item of items) {
      const key = this.#rules.key(item)
      const known = before.get(key)
      this.#items.set(key, known === undefined ? item : this.#newer(known, item))
    }
  }

  /** Takes a change that has happened. @param isAnswer it is what a request was answered with, which events may have overtaken */
  apply(change: Change<Item>, isAnswer = false): void {
    const key = this.keyOf(change)
    const known = this.#items.get(key)
    const item = changed(known, change)
    if ('remove' in change) this.#remove(key)
    else if (item !== undefined && known !== undefined) this.#items.set(key, this.#newer(known, item))
    else if (item !== undefined && !(isAnswer && this.#removed.has(key))) {
      this.#removed.delete(key)
      this.#items.set(key, item)
    }
  }

  /** True when a change tells by itself whether it is newer than another. */
  isVersioned(change: Change<Item>): boolean {
    if ('remove' in change) return false
    return this.#rules.version('put' in change ? change.put : change.patch) !== undefined
  }

  #remove(key: string): void {
    this.#items.delete(key)
    this.#removed.add(key)
    for (const oldest of this.#removed) if (this.#removed.size > MAX_REMOVED) this.#removed.delete(oldest)
  }

  #newer(known: Item, item: Item): Item {
    const [before = Number.NEGATIVE_INFINITY, after = Number.POSITIVE_INFINITY] = [
      this.#rules.version(known),
      this.#rules.version(item),
    ]
    return after < before || isSame(known, item) ? known : item
  }
}

/** What a change makes of an item; undefined: there is none then. */
export function changed<Item extends object>(
  known: Item | undefined,
  change: Change<Item>,
): Item | undefined {
  if ('put' in change) return change.put
  if ('remove' in change || known === undefined) return undefined
  return { ...known, ...change.patch }
}

/** Field by field. */
function isSame(one: object, other: object): boolean {
  if (one === other) return true
  const entries = Object.entries(one)
  const others = new Map<string, unknown>(Object.entries(other))
  return (
    entries.length === others.size &&
    entries.every(([name, value]) => others.has(name) && Object.is(others.get(name), value))
  )
}
