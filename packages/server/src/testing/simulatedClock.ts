// Time that stands still until a test moves it.
import type { Clock, Timer } from '../foundation/clock.ts'

interface Scheduled {
  readonly at: number
  readonly run: () => void
  cancelled: boolean
}

/** A clock for tests: timers run in order of time when the test advances it. */
export class SimulatedClock implements Clock {
  #now = 1_000_000
  #scheduled: Scheduled[] = []
  #turn: (() => void)[] = []

  now(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): Timer {
    const scheduled = { at: this.#now + delayMs, run, cancelled: false }
    this.#scheduled.push(scheduled)
    return {
      cancel: () => {
        scheduled.cancelled = true
      },
    }
  }

  endOfTurn(run: () => void): void {
    this.#turn.push(run)
  }

  /** Lets `ms` milliseconds pass: everything due runs, and promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await this.#settle()
      const next = this.#scheduled.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
      if (next === undefined) break
      this.#scheduled = this.#scheduled.filter((scheduled) => scheduled !== next)
      this.#now = Math.max(this.#now, next.at)
      if (!next.cancelled) next.run()
    }
    this.#now = until
  }

  async #settle(): Promise<void> {
    for (let round = 0; round < 10; round += 1) await Promise.resolve()
    const turn = this.#turn
    this.#turn = []
    for (const run of turn) run()
  }
}
