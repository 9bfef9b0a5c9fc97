// What was computed or read before and may be forgotten at any time, shared by all nodes.

/** Values by key. */
export interface Caches {
  /** Answers of `get` on this node that found a value, since it started. */
  readonly hits: number
  /** Answers of `get` on this node that found none. */
  readonly misses: number

  /** The value, or undefined when there is none any more. @throws NowcastError `unavailable` */
  get(key: string): Promise<string | undefined>

  /**
   * Keeps a value for `ttlMs` milliseconds, or less: when memory ends, what was used longest ago goes first.
   * @throws NowcastError `unavailable`
   */
  set(key: string, value: string, ttlMs: number): Promise<void>

  /** @throws NowcastError `unavailable` */
  delete(key: string): Promise<void>
}
