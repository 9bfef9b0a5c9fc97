// A value that changes over time, in the shape that React's useSyncExternalStore wants: the snapshot is the same
// object until something changes.

/** Reads a changing value and hears of its changes. */
export interface Observable<T> {
  /** Calls `listener` after every change. @returns stops that */
  subscribe(listener: () => void): () => void
  /** The current value; the same object until it changes. */
  getSnapshot(): T
}

/** An observable that its owner sets. */
export class Variable<T> implements Observable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  /** How many listen. */
  get size(): number {
    return this.#listeners.size
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  readonly getSnapshot = (): T => this.#value

  /** Sets the value and tells everybody. */
  set(value: T): void {
    if (value === this.#value) return
    this.#value = value
    tell(this.#listeners, (listener) => listener())
  }

  /** Sets some fields of the value. */
  update(change: Partial<T>): void {
    this.set({ ...this.#value, ...change })
  }
}

/** Calls everybody who listens now, but for those who are stopped by one before them. */
export function tell<T>(listeners: ReadonlySet<T>, call: (listener: T) => void): void {
  for (const listener of [...listeners]) if (listeners.has(listener)) guard(() => call(listener))
}

/** Runs foreign code; its failure must not stop ours, so it surfaces on its own. */
export function guard(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
