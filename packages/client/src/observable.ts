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
  readonly subscribe = (listener: () => void): (() => void) => this.listen(listener)

  readonly getSnapshot = (): T => this.#value

  protected listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

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

/** An observable that costs something to keep current: it runs from its first listener to its last. */
export class RunningVariable<T> extends Variable<T> {
  readonly #start: () => () => void
  #stop: (() => void) | undefined

  /** @param start begins to keep the value current, and answers with what ends that */
  constructor(value: T, start: () => () => void) {
    super(value)
    this.#start = start
  }

  /** True while somebody listens. */
  get running(): boolean {
    return this.#stop !== undefined
  }

  override readonly subscribe = (listener: () => void): (() => void) => {
    const leave = this.listen(listener)
    this.#stop ??= this.#start()
    return () => {
      leave()
      if (this.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  /** Begins anew, when it runs. */
  restart(): void {
    if (this.#stop === undefined) return
    this.#stop()
    this.#stop = this.#start()
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
