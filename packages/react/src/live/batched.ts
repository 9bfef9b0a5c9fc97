// What comes in bursts is shown at once the first time, and then together at the end of each window. Another status, e.g.
// that something is loaded now, is no burst.
import type { Observable } from '@nowcast/client'

/** Something live, shown at most twice in a window. */
export class Batched<T> implements Observable<T> {
  readonly #source: Observable<T>
  readonly #windowMs: number
  readonly #listeners = new Set<() => void>()
  #shown: T
  #timer: ReturnType<typeof setTimeout> | undefined
  #stop = () => {}

  /** @param windowMs changes that come within so long after one that was shown are shown together */
  constructor(source: Observable<T>, windowMs: number) {
    this.#source = source
    this.#windowMs = windowMs
    this.#shown = source.getSnapshot()
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  readonly getSnapshot = (): T => {
    if (this.#listeners.size === 0) this.#shown = this.#source.getSnapshot()
    return this.#shown
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener()
    if (this.#listeners.size === 0) this.#begin()
    this.#listeners.add(own)
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#end()
    }
  }

  /** Shows what there is now; for what the user has done. */
  flush(): void {
    if (this.#listeners.size > 0) this.#show()
  }

  #begin(): void {
    let begun = false
    this.#stop = this.#source.subscribe(() => {
      if (begun) this.#changed()
    })
    // What beginning itself has changed is no change that others would have to wait after.
    begun = true
    this.#shown = this.#source.getSnapshot()
  }

  #end(): void {
    this.#endWindow()
    this.#stop()
  }

  #changed(): void {
    const isOtherStatus = statusOf(this.#source.getSnapshot()) !== statusOf(this.#shown)
    if (this.#timer !== undefined && !isOtherStatus) return
    this.#show()
    if (isOtherStatus) this.#endWindow()
  }

  #endWindow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Shows what there is, and gathers what comes in the window that begins with it. */
  #show(): void {
    const value = this.#source.getSnapshot()
    if (value === this.#shown) return
    this.#shown = value
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#show()
    }, this.#windowMs)
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener()
  }
}

const statusOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'status' in value ? value.status : undefined

const batches = new WeakMap<object, Map<number, object>>()

/** The batches of a live object: the same for all of the page, so that no two components show different states. */
export function batched<T>(source: Observable<T>, windowMs: number): Batched<T> {
  const known = (batches.get(source) ?? new Map()) as Map<number, Batched<T>>
  batches.set(source, known)
  const one = known.get(windowMs) ?? new Batched(source, windowMs)
  known.set(windowMs, one)
  return one
}
