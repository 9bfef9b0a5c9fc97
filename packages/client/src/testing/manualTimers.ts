// Time that passes only when a test says so.
import type { Timers } from '../timers.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Timers that a test advances. Chance is always the middle. */
export class ManualTimers implements Timers {
  #now = 1_000_000
  readonly #timers = new Set<Timer>()

  /** Timers that have not run and were not cancelled. */
  get size(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  random(): number {
    return 0.5
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Lets time pass; what is due runs in order. */
  advance(durationMs: number): void {
    const end = this.#now + durationMs
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.run()
    }
    this.#now = end
  }
}
