// What happened in a fault test, in the order in which it happened, so that a failure can be understood.

/** Everything that was noted, with its time. */
export class Journal {
  readonly #startedAt = Date.now()
  readonly #lines: string[] = []
  readonly #states = new Map<string, string>()

  /** Notes what somebody's state is now, unless it is the same as before. */
  change(who: string, state: string): void {
    if (this.#states.get(who) === state) return
    this.#states.set(who, state)
    this.note(who, state)
  }

  /** Notes that something happened now. */
  note(who: string, what: string): void {
    const time = new Date().toISOString().slice(11, 23)
    const seconds = ((Date.now() - this.#startedAt) / 1_000).toFixed(3)
    this.#lines.push(`${time} ${seconds.padStart(8)} ${who.padEnd(8)} ${what}`)
  }

  /** The lines that `matches` says. */
  lines(matches: (line: string) => boolean): string[] {
    return this.#lines.filter(matches)
  }

  /** All of it. */
  get text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}
