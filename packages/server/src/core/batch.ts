// What waits for a connection in one turn of the event loop. Connections that wait for the same frames in the
// same order share one batch, so the frames are joined once however many connections they go to.

/** A sequence of frames: `previous` followed by `frame`. Immutable but for what it caches. */
export class Batch {
  readonly #previous: Batch | undefined
  readonly #frame: Uint8Array
  readonly length: number
  readonly count: number
  #next: Batch | undefined
  #joined: Uint8Array | undefined

  private constructor(previous: Batch | undefined, frame: Uint8Array) {
    this.#previous = previous
    this.#frame = frame
    this.length = (previous?.length ?? 0) + frame.length
    this.count = (previous?.count ?? 0) + 1
  }

  /** The start of a turn's batches. */
  static empty(): Batch {
    const root = new Batch(undefined, new Uint8Array(0))
    root.#joined = root.#frame
    return root
  }

  /** This batch with one more frame. Asked twice in a row with the same frame, it answers with the same batch. */
  with(frame: Uint8Array): Batch {
    const next = this.#next
    if (next !== undefined && next.#frame === frame) return next
    const made = new Batch(this, frame)
    this.#next = made
    return made
  }

  /** All frames in one piece of memory, joined at most once. */
  bytes(): Uint8Array {
    this.#joined ??= this.#join()
    return this.#joined
  }

  #join(): Uint8Array {
    if (this.length === this.#frame.length) return this.#frame
    const bytes = Buffer.allocUnsafe(this.length)
    let end = this.length
    for (let batch: Batch | undefined = this; batch !== undefined; batch = batch.#previous) {
      end -= batch.#frame.length
      bytes.set(batch.#frame, end)
    }
    return bytes
  }
}
