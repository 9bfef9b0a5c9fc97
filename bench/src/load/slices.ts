// Makes the load process look at its sockets once in a while instead of whenever a byte comes. On one machine the
// sender of a byte pays for waking a receiver that waits for it: CPU that a server with remote clients never spends.
// A process that sleeps on something else is not woken, and reads more at once.

const sleeping = new Int32Array(new SharedArrayBuffer(4))

/** Slices the event loop: everything that has come is read, then the process sleeps. */
export class Slices {
  readonly #sliceMs: number
  #running = false

  /** @param sliceMs sleep between two looks; a latency measured here is longer by half of it on average */
  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs
  }

  /** Begins; does nothing when begun already. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#next()
  }

  /** Lets the event loop wait for its sockets as usual again. */
  stop(): void {
    this.#running = false
  }

  #next(): void {
    setImmediate(() => {
      if (!this.#running) return
      Atomics.wait(sleeping, 0, 0, this.#sliceMs)
      this.#next()
    })
  }
}
