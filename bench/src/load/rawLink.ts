// A raw WebSocket client over node:net: shakes hands by hand, then hands out whole texts or mere chunks of bytes.
// All links read into one buffer, so that receiving allocates nothing.
import { connect, type Socket } from 'node:net'
import { clientFrame, clientPong, opcodes, readHeader, upgradeRequest } from '../wire/webSocket.ts'

const READ_BUFFER_BYTES = 65_536
/** Bytes of an unfinished frame that a link keeps at most. */
const MAX_PENDING_BYTES = 16 * 1_048_576

const readBuffer = Buffer.alloc(READ_BUFFER_BYTES)

/** What a link tells. */
export interface LinkHandlers {
  /** The upgrade was answered. */
  upgraded(): void
  /** A whole text frame, unless the link was switched to `bytes`. */
  text(text: string): void
  /** The link ended; the error when it did not end well. */
  ended(error: Error | undefined): void
}

type State = 'upgrading' | 'texts' | 'bytes'

/** One raw link. */
export class RawLink {
  readonly #socket: Socket
  readonly #handlers: LinkHandlers
  #state: State = 'upgrading'
  #pending: Buffer | undefined
  #error: Error | undefined
  #onBytes: ((bytes: Buffer, end: number) => void) | undefined

  constructor(port: number, path: string, handlers: LinkHandlers) {
    this.#handlers = handlers
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (end) => this.#read(end) },
    })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(path, port)))
    this.#socket.on('error', (error) => {
      this.#error = error
    })
    this.#socket.on('close', () => handlers.ended(this.#error))
  }

  /** Sends a text frame. */
  say(text: string): void {
    this.#socket.write(clientFrame(text))
  }

  /** Answers a ping. */
  pong(): void {
    this.#socket.write(clientPong)
  }

  /** From now on hands out chunks: `onBytes(bytes, end)`, valid during the call only. */
  takeBytes(onBytes: (bytes: Buffer, end: number) => void): void {
    this.#state = 'bytes'
    this.#onBytes = onBytes
  }

  /** Ends the link at once, without goodbye. */
  cut(): void {
    this.#socket.resetAndDestroy()
  }

  #read(end: number): boolean {
    if (this.#state === 'bytes') {
      this.#onBytes?.(readBuffer, end)
      return true
    }
    const chunk = Buffer.from(readBuffer.subarray(0, end))
    const rest = this.#greet(this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]))
    this.#pending = rest.length === 0 ? undefined : rest
    if (rest.length > MAX_PENDING_BYTES) this.#fail('sent a frame that is too large for the bench')
    return true
  }

  /** Takes what is complete; answers with what is not. */
  #greet(bytes: Buffer): Buffer {
    let rest = bytes
    while (rest.length > 0) {
      const state: State = this.#state
      if (state === 'bytes') {
        this.#onBytes?.(rest, rest.length)
        return Buffer.alloc(0)
      }
      const taken = state === 'upgrading' ? this.#takeUpgrade(rest) : this.#takeFrame(rest)
      if (taken === 0) break
      rest = rest.subarray(taken)
    }
    return rest
  }

  #takeUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n')
    if (end === -1) return 0
    if (!bytes.subarray(0, end).includes(' 101 ')) {
      this.#fail(`refused the upgrade: ${bytes.subarray(0, 80).toString('latin1')}`)
      return 0
    }
    this.#state = 'texts'
    this.#handlers.upgraded()
    return end + 4
  }

  #takeFrame(bytes: Buffer): number {
    const header = readHeader(bytes, 0, bytes.length)
    if (header === undefined || header.start + header.length > bytes.length) return 0
    const end = header.start + header.length
    if (header.opcode === opcodes.text) this.#handlers.text(bytes.toString('utf8', header.start, end))
    else if (header.opcode === opcodes.ping) this.pong()
    return end
  }

  #fail(reason: string): void {
    this.#socket.destroy(new Error(`the server ${reason}`))
  }
}
