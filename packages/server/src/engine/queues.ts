// What waits to be taken, in order, shared by all nodes.

/** How much a queue keeps, and for how long; the same for every push of a key. */
export interface QueueBounds {
  /** Items kept; over it the oldest go. */
  readonly max: number
  /** Milliseconds that each item is kept. */
  readonly ttlMs: number
}

/** Queues by key. */
export interface Queues {
  /** Adds an item at the end. Answers how many of the oldest went for it. @throws NowcastError `unavailable` */
  push(key: string, item: string, bounds: QueueBounds): Promise<number>

  /**
   * Removes and answers up to `count` items, oldest first. No item is ever answered twice.
   * @throws NowcastError `unavailable`; then items may be gone all the same
   */
  take(key: string, count: number): Promise<readonly string[]>

  /** Up to `count` items, oldest first; they stay. @throws NowcastError `unavailable` */
  peek(key: string, count: number): Promise<readonly string[]>

  /**
   * Removes items from the front as long as they are these, in this order; those that are gone already are passed over.
   * May be repeated, where no two items are alike.
   * @throws NowcastError `unavailable`; then items may be gone all the same
   */
  drop(key: string, items: readonly string[]): Promise<void>

  /** Items that wait. @throws NowcastError `unavailable` */
  size(key: string): Promise<number>
}
