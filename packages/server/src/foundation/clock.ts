// Time comes from outside, so that a whole cluster can run under simulated time, reproducibly.

/** A timer that can be cancelled; cancelling twice does nothing. */
export interface Timer {
  cancel(): void
}

/** The only source of time in core, engine and features. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after `delayMs` milliseconds. Never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer
  /** Calls `run` once at the end of the current turn of the event loop. */
  endOfTurn(run: () => void): void
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
  endOfTurn(run) {
    setImmediate(run)
  },
}
