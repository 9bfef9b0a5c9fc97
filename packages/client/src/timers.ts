// Time and chance come from outside, so that tests need not wait.

/** What the client asks of time and chance. */
export interface Timers {
  now(): number
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void
  /** From 0 up to 1. */
  random(): number
}

/** The real ones. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
