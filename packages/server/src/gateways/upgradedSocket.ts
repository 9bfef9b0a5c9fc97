// Core's socket over a network socket that was upgraded to WebSocket: whole frames are written to it directly,
// `ws` parses what comes in and answers control frames.
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Socket } from '../core/socket.ts'

const CLOSE_PATIENCE_MS = 2_000

/** A WebSocket as core sees it. */
export class UpgradedSocket implements Socket {
  readonly #webSocket: WebSocket
  readonly #stream: Duplex

  constructor(webSocket: WebSocket, stream: Duplex) {
    this.#webSocket = webSocket
    this.#stream = stream
  }

  get bufferedBytes(): number {
    return this.#stream.writableLength
  }

  write(bytes: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(bytes)
  }

  onceDrained(run: () => void): void {
    // The stream tells that it drained only of amounts above its own mark; a write that follows all others always ends.
    if (this.#stream.writable) this.#stream.write('', () => run())
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
    // A peer that does not answer must not hold the memory of what it does not read.
    const terminate = setTimeout(() => this.#webSocket.terminate(), CLOSE_PATIENCE_MS)
    this.#webSocket.once('close', () => clearTimeout(terminate))
  }
}
