// How often something may happen, counted over all nodes in windows that slide with time.

/** So many within so much time. */
export interface LimitWindow {
  /** Units that may be taken within any span of `windowMs`. */
  readonly count: number
  readonly windowMs: number
}

/** What became of an attempt. */
export type LimitOutcome =
  /** `remaining`: units that are left now. */
  | { readonly allowed: true; readonly remaining: number }
  /** `retryAfterMs`: when the same attempt succeeds if nothing else is taken until then. */
  | { readonly allowed: false; readonly retryAfterMs: number }

/** Exact sliding windows. */
export interface Limits {
  /**
   * Takes units when they are all left; an attempt that is refused does not count.
   * @param key whose and what for; one key is always asked with one window
   * @param cost units, by default 1; more than `window.count` are always refused
   * @throws NowcastError `unavailable`
   */
  take(key: string, window: LimitWindow, cost?: number): Promise<LimitOutcome>
}
