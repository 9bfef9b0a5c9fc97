// A connection's outbox: everything put there in one turn of the event loop leaves in one write. Bounded: a reader
// that is too slow is reported, and on latest-only channels superseded frames are dropped instead of kept.
// Hot path: `push` and `flush` run once per delivery; guarded by the broadcast benchmark.

import type { Clock } from '../foundation/clock.ts'
import { Batch } from './batch.ts'
import type { Socket } from './socket.ts'

/** How many bytes a connection may be behind, and who is told when it is further behind. */
export interface OutboxBounds {
  readonly maxBytes: number
}

/** Flushes the outboxes that have something waiting: at the end of the turn, or of a longer window. */
export class Flusher {
  readonly #clock: Clock
  readonly #windowMs: number
  #waiting: Outbox[] = []
  #empty = Batch.empty()

  /** @param windowMs how long frames may wait to travel together; 0 is one turn of the event loop */
  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock
    this.#windowMs = windowMs
  }

  /** The batch that the turn's outboxes start from. */
  get empty(): Batch {
    return this.#empty
  }

  /** Flushes `outbox` when the turn ends. */
  schedule(outbox: Outbox): void {
    if (this.#waiting.push(outbox) > 1) return
    const run = () => this.#flush()
    if (this.#windowMs === 0) this.#clock.endOfTurn(run)
    else this.#clock.after(this.#windowMs, run)
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#empty = Batch.empty()
    for (const outbox of waiting) outbox.flush()
  }
}

/** Frames on their way to one socket. */
export class Outbox {
  readonly #socket: Socket
  readonly #flusher: Flusher
  readonly #maxBytes: number
  readonly #onSlowReader: () => void
  #pending: Batch | undefined
  #latest: Map<string, Uint8Array> | undefined
  #closed = false

  /** @param onSlowReader called once, when the socket is more than `bounds.maxBytes` behind; nothing is sent after */
  constructor(socket: Socket, flusher: Flusher, bounds: OutboxBounds, onSlowReader: () => void) {
    this.#socket = socket
    this.#flusher = flusher
    this.#maxBytes = bounds.maxBytes
    this.#onSlowReader = onSlowReader
  }

  /** Bytes that wait here and in the socket. */
  get bufferedBytes(): number {
    return this.#socket.bufferedBytes + (this.#pending?.length ?? 0)
  }

  /** Sends a complete frame with the turn's others, nothing if it is empty. It must not be changed afterwards. */
  push(frame: Uint8Array): void {
    if (frame.length === 0) return
    const pending = this.#pending
    if (pending === undefined) {
      if (this.#closed) return
      this.#pending = this.#flusher.empty.with(frame)
      this.#flusher.schedule(this)
    } else {
      this.#pending = pending.with(frame)
      if (this.#pending.length > this.#maxBytes) this.flush()
    }
  }

  /** Sends a frame that makes an earlier one of the same `topic` worthless: only the newest waits for a slow reader. */
  pushLatest(topic: string, frame: Uint8Array): void {
    if (this.#socket.bufferedBytes === 0) {
      this.#latest?.delete(topic)
      this.push(frame)
      return
    }
    if (this.#closed) return
    if (this.#latest === undefined) {
      this.#latest = new Map()
      this.#socket.onceDrained(() => this.#releaseLatest())
    }
    this.#latest.set(topic, frame)
  }

  /** Writes what waits, now. */
  flush(): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    if (this.#socket.bufferedBytes > this.#maxBytes) {
      this.close()
      this.#onSlowReader()
      return
    }
    this.#socket.write(pending.bytes())
  }

  /** Drops what waits and takes no more. */
  close(): void {
    this.#closed = true
    this.#pending = undefined
    this.#latest = undefined
  }

  #releaseLatest(): void {
    const latest = this.#latest
    this.#latest = undefined
    if (latest === undefined) return
    for (const [topic, frame] of latest) this.pushLatest(topic, frame)
  }
}
