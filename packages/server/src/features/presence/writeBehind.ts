// Small facts on their way to the database: the newest of each kind waits a while, and many travel in one statement. What
// can't be written now is tried again; beyond a bound new ones are dropped, for they are only worth so much.
import type { Clock } from '../../foundation/clock.ts'
import { GatheringWindow } from '../../foundation/gatheringWindow.ts'
import type { Logger } from '../../foundation/log.ts'

/** How facts are written. */
export interface WriteBehindParts<T> {
  readonly clock: Clock
  readonly log: Logger
  /** How long facts wait for each other. */
  readonly delayMs: number
  /** Names the facts in the log. */
  readonly what: string
  /** Writes some facts, at most `CHUNK`. */
  readonly write: (facts: readonly T[]) => Promise<void>
}

/** Facts in one statement. */
const CHUNK = 1_000
const MAX_WAITING = 50_000
const MAX_RETRY_MS = 30_000

/** Writes facts soon. */
export class WriteBehind<T> {
  readonly #parts: WriteBehindParts<T>
  #waiting = new Map<string, T>()
  #failures = 0
  readonly #window: GatheringWindow

  constructor(parts: WriteBehindParts<T>) {
    this.#parts = parts
    this.#window = new GatheringWindow({
      clock: parts.clock,
      flush: () => this.#write(),
      isWaiting: () => this.#waiting.size > 0,
      windowMs: () => Math.min(parts.delayMs * 2 ** this.#failures, MAX_RETRY_MS),
    })
  }

  /** Takes a fact, in place of one with the same key that waits. */
  put(key: string, fact: T): void {
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(key)) return
    this.#waiting.set(key, fact)
    this.#window.open()
  }

  /** Writes what waits, once, and nothing after that. */
  stop(): Promise<void> {
    return this.#window.stop()
  }

  async #write(): Promise<void> {
    const taken = [...this.#waiting]
    this.#waiting = new Map()
    for (let start = 0; start < taken.length; start += CHUNK) {
      try {
        await this.#parts.write(taken.slice(start, start + CHUNK).map(([, fact]) => fact))
        this.#failures = 0
      } catch (error) {
        this.#failures += 1
        this.#parts.log.warn({ error }, `${this.#parts.what} could not be written; trying again`)
        this.#putBack(taken.slice(start))
        return
      }
    }
  }

  #putBack(facts: readonly (readonly [string, T])[]): void {
    for (const [key, fact] of facts) {
      if (this.#waiting.size < MAX_WAITING && !this.#waiting.has(key)) this.#waiting.set(key, fact)
    }
  }
}
