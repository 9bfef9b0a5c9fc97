// Time and chance come from outside, so that tests need not wait.

/** What the client asks of time and chance. */
export interface Timers {
  /** Milliseconds since 1970 by a clock that never jumps. */
  now(): number
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void
  /** From 0 up to 1. */
  random(): number
}

const startedAt = Date.now() - performance.now()

/** The real ones. When the system's clock is set while the page is open, what waits here must not wait longer. */
export const systemTimers: Timers = {
  now: () => Math.round(startedAt + performance.now()),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
