// Requests to the HTTP interface by one address, over all nodes.
import type { Limits } from '../../engine/limits.ts'
import type { ResolvedRate } from '../../foundation/rate.ts'
import { type LimitMetrics, limitRefusal } from './refusal.ts'

/** Limits requests by address. */
export class RequestLimits {
  readonly #app: string
  #rate: ResolvedRate | false
  readonly #limits: Limits
  readonly #metrics: LimitMetrics

  /** @param rate false: as many as anybody likes */
  constructor(app: string, rate: ResolvedRate | false, limits: Limits, metrics: LimitMetrics) {
    this.#app = app
    this.#rate = rate
    this.#limits = limits
    this.#metrics = metrics
  }

  /** Another rate holds from now on. */
  replace(rate: ResolvedRate | false): void {
    this.#rate = rate
  }

  /** Counts a request. @throws NowcastError `limit_exceeded` */
  async take(address: string): Promise<void> {
    if (this.#rate === false) return
    const outcome = await this.#limits.take(`http:${this.#app}@${address}`, this.#rate)
    if (outcome.allowed) return
    this.#metrics.limited('http')
    throw limitRefusal('http', this.#rate, outcome)
  }
}
