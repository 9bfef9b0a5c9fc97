// Publishes as fast as a window of events under way allows.
import type { FloodOptions } from '../processes/contracts.ts'

/** Events that one turn of the event loop publishes at most. */
const MAX_PER_TURN = 50

/** One flood. */
export class Flood {
  readonly #options: FloodOptions
  readonly #publish: (channel: string) => Promise<void> | undefined
  #published = 0
  #arrived = 0
  #failure: Error | undefined
  #awaken: (() => void) | undefined

  /** @param publish settled when the event has arrived; undefined when `arrived` tells that */
  constructor(options: FloodOptions, publish: (channel: string) => Promise<void> | undefined) {
    this.#options = options
    this.#publish = publish
  }

  /** Floods. @returns the events published @throws Error when one was refused */
  async run(): Promise<number> {
    const { seconds, window } = this.#options
    const deadline = performance.now() + seconds * 1e3
    const end = setTimeout(() => this.#wake(), seconds * 1e3)
    try {
      while (performance.now() < deadline && this.#failure === undefined) {
        const room = window - (this.#published - this.#arrived)
        if (room <= 0) await this.#change()
        else {
          for (let count = Math.min(room, MAX_PER_TURN); count > 0; count -= 1) this.#publishOne()
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
    } finally {
      clearTimeout(end)
    }
    if (this.#failure !== undefined) throw this.#failure
    return this.#published
  }

  /** `count` of the flood's events have arrived. */
  arrived(count: number): void {
    this.#arrived = Math.max(this.#arrived, count)
    this.#wake()
  }

  #publishOne(): void {
    const { channels } = this.#options
    const channel = channels[this.#published % channels.length]
    if (channel === undefined) throw new Error('a flood needs a channel')
    this.#published += 1
    this.#publish(channel)?.then(
      () => this.arrived(this.#arrived + 1),
      (error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error))
        this.#wake()
      },
    )
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#awaken = resolve
    })
  }

  #wake(): void {
    this.#awaken?.()
    this.#awaken = undefined
  }
}
