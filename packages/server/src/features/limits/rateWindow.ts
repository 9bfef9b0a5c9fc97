// A rate that one connection is held to, which lives on one node: nothing is shared.
import type { ResolvedRate } from '../../foundation/rate.ts'

/** An exact sliding window. */
export class RateWindow {
  #taken: number[] = []

  /** Takes one when there is one left; what is refused does not count. @param now milliseconds since 1970 */
  take({ count, windowMs }: ResolvedRate, now: number): boolean {
    const current = this.#taken.findIndex((at) => at + windowMs > now)
    this.#taken = current === -1 ? [] : this.#taken.slice(current)
    if (this.#taken.length >= count) return false
    this.#taken.push(now)
    return true
  }
}
