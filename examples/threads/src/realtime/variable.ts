// A value that is watched.
import type { Observable } from './realtime.ts'

/** Hears something. */
type Listener = () => void

/** A value that says when it changes. */
export class Variable<Value> implements Observable<Value> {
  #value: Value
  readonly #listeners = new Set<Listener>()

  constructor(value: Value) {
    this.#value = value
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  readonly getSnapshot = (): Value => this.#value

  /** Changes the value and says so, unless it is the same. */
  set(value: Value): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of [...this.#listeners]) listener()
  }

  /** Changes the value by what it was. */
  update(change: (value: Value) => Value): void {
    this.set(change(this.#value))
  }
}
