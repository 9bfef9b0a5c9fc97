// A window in which something gathers, to be handed over together at its end. While that is under way, the next one's gathers.
import type { Clock, Timer } from './clock.ts'

/** What a window is for. */
export interface GatheringWindowParts {
  readonly clock: Clock
  /** Hands over what has gathered; may also be called when nothing has. Never rejects. */
  readonly flush: () => Promise<void>
  /** True when something has gathered. */
  readonly isWaiting: () => boolean
  /** How long the next window is. */
  readonly windowMs: () => number
}

/** One window after the other, as they are needed. */
export class GatheringWindow {
  readonly #parts: GatheringWindowParts
  #timer: Timer | undefined
  #flushing: Promise<void> | undefined
  #stopped = false

  constructor(parts: GatheringWindowParts) {
    this.#parts = parts
  }

  /** Begins a window, unless there is one: what has gathered is handed over at its end. */
  open(): void {
    if (this.#stopped || this.#timer !== undefined || this.#flushing !== undefined) return
    const { clock, flush, isWaiting, windowMs } = this.#parts
    this.#timer = clock.after(windowMs(), () => {
      this.#timer = undefined
      this.#flushing = flush().then(() => {
        this.#flushing = undefined
        if (isWaiting()) this.open()
      })
    })
  }

  /** Hands over what has gathered, once more, and nothing after that. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#flushing
    await this.#parts.flush()
  }
}
