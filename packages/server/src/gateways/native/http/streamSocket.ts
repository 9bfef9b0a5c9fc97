// Core's socket over an HTTP response that goes on: frames leave as server-sent events.
import type { ServerResponse } from 'node:http'
import type { Socket } from '../../../core/socket.ts'
import { framePayloads } from '../../webSocketFrame.ts'

const CLOSE_PATIENCE_MS = 2_000
const DATA = Buffer.from('data: ')
const LINE_FEED = Buffer.from('\n')

/** What was written to one stream is written to many: each batch of frames becomes an event once. */
const events = new WeakMap<Uint8Array, Uint8Array>()

/** One event that holds the frames' objects, a line each. JSON has no raw line feeds. */
function toEvent(frames: Uint8Array): Uint8Array {
  const known = events.get(frames)
  if (known !== undefined) return known
  const lines = framePayloads(frames).flatMap((payload) => [DATA, payload, LINE_FEED])
  const event = Buffer.concat([...lines, LINE_FEED])
  events.set(frames, event)
  return event
}

/** A response as core sees it. */
export class StreamSocket implements Socket {
  readonly #response: ServerResponse
  #isClosed = false

  /** @param response whose head was written */
  constructor(response: ServerResponse) {
    this.#response = response
  }

  get bufferedBytes(): number {
    return this.#response.writableLength
  }

  write(frames: Uint8Array): void {
    if (!this.#isClosed) this.#response.write(toEvent(frames))
  }

  /** Sends an event that holds no frame. */
  tell(name: string, data: object): void {
    if (!this.#isClosed) this.#response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Sends what every client ignores, so that nobody between takes the silence for the end. */
  keepAlive(): void {
    if (!this.#isClosed) this.#response.write(':\n\n')
  }

  onceDrained(run: () => void): void {
    // A write that follows all others ends after them.
    if (!this.#isClosed) this.#response.write(':\n\n', () => run())
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.tell('close', { code, reason })
    this.#isClosed = true
    this.#response.end()
    // A peer that does not read must not hold the memory of what it does not read.
    const destroy = setTimeout(() => this.#response.destroy(), CLOSE_PATIENCE_MS)
    this.#response.once('close', () => clearTimeout(destroy))
  }
}
