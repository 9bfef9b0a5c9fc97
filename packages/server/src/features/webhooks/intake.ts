// What is about to be queued, in the order in which it came, also while the engine is out of reach: nothing here delays
// those that it is about.
import { NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'

/** What waits to be queued at one place; over it the oldest go. */
const MAX_WAITING = 1_000
/** The engine is out of reach: it is tried again after so long. */
const RETRY_MS = 1_000

/**
 * A step of what queues something. Answers whether the steps after it are to be done at all.
 * @throws NowcastError `unavailable` to be called again later
 */
export type IntakeStep = () => Promise<boolean>

interface Place {
  readonly waiting: IntakeStep[][]
  retrying: Timer | undefined
  working: Promise<void> | undefined
}

/** Work by place: that of one place is done in order, different places go side by side. */
export class Intake {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #places = new Map<number, Place>()
  #dropped = 0
  #stopped = false

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock
    this.#log = log
  }

  /** What waits, and what was given up because too much waited. */
  get counts(): { readonly waiting: number; readonly dropped: number } {
    let waiting = 0
    for (const place of this.#places.values()) waiting += Math.max(place.waiting.length, 1)
    return { waiting, dropped: this.#dropped }
  }

  /**
   * Adds work.
   * @param number of the place
   * @param steps done one after the other, each until it has succeeded once
   */
  add(number: number, steps: readonly IntakeStep[]): void {
    if (this.#stopped) return
    const place = this.#places.get(number) ?? { waiting: [], retrying: undefined, working: undefined }
    this.#places.set(number, place)
    place.waiting.push([...steps])
    this.#dropOldest(place)
    if (place.retrying === undefined) this.#work(number, place)
  }

  /** Tries what still waits once, and does nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const [number, place] of this.#places) {
      place.retrying?.cancel()
      this.#work(number, place)
    }
    await Promise.all([...this.#places.values()].map(({ working }) => working))
  }

  #work(number: number, place: Place): void {
    place.working ??= this.#drain(place).then((isDone) => {
      place.working = undefined
      if (!isDone && !this.#stopped) this.#retryLater(number, place)
      // More may have come in the very moment in which it was done.
      else if (isDone && place.waiting.length > 0) this.#work(number, place)
      else if (isDone) this.#places.delete(number)
    })
  }

  #retryLater(number: number, place: Place): void {
    place.retrying = this.#clock.after(RETRY_MS, () => {
      place.retrying = undefined
      this.#work(number, place)
    })
  }

  /** False when the engine is out of reach. */
  async #drain(place: Place): Promise<boolean> {
    for (let steps = place.waiting.shift(); steps !== undefined; steps = place.waiting.shift()) {
      if (await this.#isDone(steps)) continue
      place.waiting.unshift(steps)
      this.#dropOldest(place)
      return false
    }
    return true
  }

  /** Does the steps that are left; false when the engine is out of reach. */
  async #isDone(steps: IntakeStep[]): Promise<boolean> {
    try {
      for (let step = steps[0]; step !== undefined; step = steps[0]) {
        if (!(await step())) return true
        steps.shift()
      }
    } catch (error) {
      if (error instanceof NowcastError && error.code === 'unavailable') return false
      this.#dropped += 1
      this.#log.error({ error }, 'what a webhook is to tell could not be queued')
    }
    return true
  }

  #dropOldest(place: Place): void {
    const over = place.waiting.length - MAX_WAITING
    if (over <= 0) return
    place.waiting.splice(0, over)
    this.#dropped += over
  }
}
