// What was computed or read before and may be forgotten at any time, shared by all nodes.
import type { Position } from '@nowcast/protocol'

/** A value of a channel that holds at one of its places, and is superseded by that of a later one. */
export interface PlacedValue {
  readonly position: Position
  readonly value: string
}

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

  /** What `setNewest` has kept under a key. @throws NowcastError `unavailable` */
  getNewest(key: string): Promise<PlacedValue | undefined>

  /**
   * Keeps a value as `set` does, unless that of a later place in the same epoch is kept already: nodes that write at
   * the same time can't put back the older one.
   * @throws NowcastError `unavailable`
   */
  setNewest(key: string, placed: PlacedValue, ttlMs: number): Promise<void>

  /** @throws NowcastError `unavailable` */
  delete(key: string): Promise<void>
}
