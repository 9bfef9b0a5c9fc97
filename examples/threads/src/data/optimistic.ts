// Changes that are shown before the backend has agreed to them.

/** One such change. */
export interface Change<State> {
  readonly id: string
  /** What is shown, from what the backend has said. */
  readonly apply: (state: State) => State
}

/** The changes under way, the oldest first. */
export class Optimistic<State> {
  #changes: readonly Change<State>[] = []

  /** Shows a change from now on; another one with the same id is replaced in its place. */
  show(change: Change<State>): void {
    const isKnown = this.#changes.some(({ id }) => id === change.id)
    this.#changes = isKnown
      ? this.#changes.map((other) => (other.id === change.id ? change : other))
      : [...this.#changes, change]
  }

  /** Shows a change no longer: the backend has answered. */
  settle(id: string): void {
    this.#changes = this.#changes.filter((change) => change.id !== id)
  }

  /** What is shown. */
  over(state: State): State {
    return this.#changes.reduce((shown, { apply }) => apply(shown), state)
  }
}
