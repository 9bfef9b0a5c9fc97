// Timers by name, so that each can be set anew, and all end together; and waiting times that grow.

/** Bounds of waiting times. */
export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
}

/** How long to wait after so many failures in a row: doubled with each, with some jitter. */
export function backoffMs({ minMs, maxMs }: Backoff, failures: number): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(failures, 20)) * (0.75 + Math.random() / 4)
}

/** Timers of one owner. */
export class NamedTimers {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  /** Runs something later, in place of what was set under this name. */
  set(name: string, delayMs: number, run: () => void): void {
    clearTimeout(this.#timers.get(name))
    const timer = setTimeout(() => {
      this.#timers.delete(name)
      run()
    }, delayMs)
    this.#timers.set(name, timer)
  }

  /** Ends those whose names `matches` says. */
  clear(matches: (name: string) => boolean = () => true): void {
    for (const [name, timer] of this.#timers) {
      if (!matches(name)) continue
      clearTimeout(timer)
      this.#timers.delete(name)
    }
  }
}
