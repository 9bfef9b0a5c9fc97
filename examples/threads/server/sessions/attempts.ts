// Wrong passwords are counted, so that nobody can try many.
const WINDOW_MS = 60_000
const MAX_FAILURES = 10
/** Accounts and addresses that are remembered; the oldest gives way. */
const MAX_REMEMBERED = 10_000

interface Failures {
  count: number
  readonly until: number
}

/** Counts failures by name: at most 10 in a minute. */
export class Attempts {
  readonly #failures = new Map<string, Failures>()
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Milliseconds until another attempt may be made; 0 when one may be now. */
  waitMs(name: string): number {
    const failures = this.#current(name)
    return failures !== undefined && failures.count >= MAX_FAILURES ? failures.until - this.#now() : 0
  }

  /** Counts a failure. */
  failed(name: string): void {
    const failures = this.#current(name) ?? { count: 0, until: this.#now() + WINDOW_MS }
    failures.count += 1
    this.#failures.delete(name)
    this.#failures.set(name, failures)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_REMEMBERED && oldest !== undefined) this.#failures.delete(oldest)
  }

  #current(name: string): Failures | undefined {
    const failures = this.#failures.get(name)
    if (failures === undefined || failures.until > this.#now()) return failures
    this.#failures.delete(name)
    return undefined
  }
}
