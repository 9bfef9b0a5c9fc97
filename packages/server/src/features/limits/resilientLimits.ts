// Counting goes on without the engine: what the other nodes take is not known then, what this one takes is.
import { NowcastError } from '@nowcast/protocol'
import type { LimitOutcome, Limits, LimitWindow } from '../../engine/limits.ts'
import { MemoryLimits } from '../../engine/memory/memoryLimits.ts'
import type { Clock } from '../../foundation/clock.ts'

/** An engine that takes longer is not waited for. */
const PATIENCE_MS = 1_000
/** Keys that are counted here at most; over it, those taken from longest ago start anew. */
const MAX_LOCAL = 10_000

/** Limits over all nodes, and of this node alone while that is all that can be known. */
export class ResilientLimits implements Limits {
  readonly #shared: Limits
  readonly #local: MemoryLimits
  readonly #clock: Clock

  /** @param shared the engine's */
  constructor(shared: Limits, clock: Clock) {
    this.#shared = shared
    this.#local = new MemoryLimits(clock, MAX_LOCAL)
    this.#clock = clock
  }

  /** Takes units when they are all left; never fails for want of the engine. */
  take(key: string, window: LimitWindow, cost = 1): Promise<LimitOutcome> {
    return new Promise((resolve, reject) => {
      let isCountedHere = false
      const alone = () => {
        // An engine that says late that it is out of reach was given up before.
        if (isCountedHere) return
        isCountedHere = true
        void this.#local.take(key, window, cost).then(resolve, reject)
      }
      const impatient = this.#clock.after(PATIENCE_MS, alone)
      this.#shared.take(key, window, cost).then(
        (outcome) => {
          impatient.cancel()
          resolve(outcome)
        },
        (error: unknown) => {
          impatient.cancel()
          if (error instanceof NowcastError && error.code === 'unavailable') alone()
          else reject(error)
        },
      )
    })
  }
}
