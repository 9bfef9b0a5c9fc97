// Who has come and who has gone for good: those who come back in time have never been away.
import type { Clock, Timer } from '../../foundation/clock.ts'

/** Hears of those who come and go. */
export interface TurnoverListener {
  /** @param since the mark that all nodes know this coming by */
  came(name: string, since: number): void
  /** @param since the mark that all nodes know this going by */
  went(name: string, since: number): void
}

/** `there`: told as such. `leaving`: told as such too, gone by now, and told to be gone when `timer` runs out. */
type State =
  | { readonly kind: 'there' }
  | { readonly kind: 'leaving'; readonly since: number; readonly timer: Timer }

const THERE: State = { kind: 'there' }

/** The comings and goings of one place; those who have gone for good are forgotten. */
export class Turnover {
  readonly #clock: Clock
  readonly #listener: TurnoverListener
  readonly #states = new Map<string, State>()

  constructor(clock: Clock, listener: TurnoverListener) {
    this.#clock = clock
    this.#listener = listener
  }

  /** Those who are there or leaving. */
  names(): Iterable<string> {
    return this.#states.keys()
  }

  /** Takes note of who is there without telling: others have. */
  begin(name: string): void {
    this.#cancel(name)
    this.#states.set(name, THERE)
  }

  /** Somebody is there who was not. */
  appeared(name: string, since: number): void {
    const isKnown = this.#states.has(name)
    this.begin(name)
    if (!isKnown) this.#listener.came(name, since)
  }

  /** Somebody is not there any more, and has `lingerMs` to come back. */
  disappeared(name: string, since: number, lingerMs: number): void {
    if (this.#states.get(name)?.kind !== 'there') return
    const timer = this.#clock.after(lingerMs, () => this.#leave(name, since))
    this.#states.set(name, { kind: 'leaving', since, timer })
  }

  /** Nobody has time any more: those who were leaving have gone, and so have the others. */
  end(since: (name: string) => number): void {
    for (const [name, state] of this.#states) {
      this.#leave(name, state.kind === 'leaving' ? state.since : since(name))
    }
  }

  /** Forgets everybody without telling. */
  stop(): void {
    for (const name of this.#states.keys()) this.#cancel(name)
    this.#states.clear()
  }

  #leave(name: string, since: number): void {
    this.#cancel(name)
    this.#states.delete(name)
    this.#listener.went(name, since)
  }

  #cancel(name: string): void {
    const state = this.#states.get(name)
    if (state?.kind === 'leaving') state.timer.cancel()
  }
}
