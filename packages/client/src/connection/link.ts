// One link from opening to close: commands out, and replies and pushes in.
import {
  type Commands,
  type CommandType,
  limits,
  NowcastError,
  type Push,
  type Reply,
  type Results,
} from '@nowcast/protocol'
import type { Timers } from '../timers.ts'
import { parseMessage } from './incoming.ts'
import type { OpenTransport, Transport } from './transport.ts'

/** What a link tells its owner. */
export interface LinkListener {
  opened(): void
  /** Something came from the server for the first time. */
  heard(): void
  push(push: Push): void
  /** Something came that makes no sense; it was ignored. */
  nonsense(error: NowcastError): void
  /** Called once. @param code a WebSocket close code; 1006 when the network failed */
  closed(code: number): void
}

interface Pending {
  resolve(result: unknown): void
  reject(error: NowcastError): void
  cancelTimeout(): void
}

const ABNORMAL = 1006
/** Until the server has said what it takes. */
const MAX_FRAME_BYTES = 65_536
/** A frame with more than one command stays below this; a character takes up to three bytes. */
const MAX_BATCH_LENGTH = 10_000

/** A link to a server. */
export class Link {
  /** The largest frame that the server takes. */
  maxFrameBytes = MAX_FRAME_BYTES
  readonly #transport: Transport
  readonly #timers: Timers
  readonly #listener: LinkListener
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #lines: string[] = []
  #closed = false
  #heard = false

  /** @throws Error when there can be no transport */
  constructor(open: OpenTransport, timers: Timers, listener: LinkListener) {
    this.#timers = timers
    this.#listener = listener
    this.#transport = open({
      opened: () => listener.opened(),
      received: (text) => this.#receive(text),
      closed: (code) => this.#end(code),
    })
  }

  /** True once something has come from the server. */
  get heard(): boolean {
    return this.#heard
  }

  /**
   * Sends a command; commands of one turn travel in one frame.
   * @throws NowcastError what the server refused with, `timeout`, `frame_too_large`, or `not_connected` when the link
   * ends before the reply
   */
  request<T extends CommandType>(type: T, command: Commands[T], timeoutMs: number): Promise<Results[T]> {
    return new Promise<Results[T]>((resolve, reject) => {
      if (this.#closed) throw linkEnded()
      const id = this.#nextId++
      const line = JSON.stringify({ type, id, ...command })
      // The server would end the connection, and what is repeated after that would end the next.
      if (line.length * 3 > this.maxFrameBytes && byteLength(line) > this.maxFrameBytes) {
        throw new NowcastError('frame_too_large', `A command takes at most ${this.maxFrameBytes} bytes.`)
      }
      const cancelTimeout = this.#timers.after(timeoutMs, () => {
        this.#pending.delete(id)
        reject(new NowcastError('timeout', `The server did not answer "${type}" in time.`))
      })
      this.#pending.set(id, { resolve: (result) => resolve(result as Results[T]), reject, cancelTimeout })
      if (this.#lines.push(line) === 1) queueMicrotask(() => this.#flush())
    })
  }

  /** Ends the link; every unanswered command is rejected. */
  close(): void {
    if (!this.#closed) this.#transport.close()
    this.#end(1000)
  }

  /** Ends a link whose peer no longer answers. */
  abandon(): void {
    if (!this.#closed) this.#transport.close()
    this.#end(ABNORMAL)
  }

  #end(code: number): void {
    if (this.#closed) return
    this.#closed = true
    for (const pending of this.#pending.values()) {
      pending.cancelTimeout()
      pending.reject(linkEnded())
    }
    this.#pending.clear()
    this.#listener.closed(code)
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = []
    if (this.#closed) return
    const maxLength = Math.min(MAX_BATCH_LENGTH, this.maxFrameBytes / 4)
    let frame: string[] = []
    let length = 0
    for (const line of lines) {
      if (
        frame.length === limits.commandsPerFrame ||
        (frame.length > 0 && length + line.length > maxLength)
      ) {
        this.#transport.send(frame.join('\n'))
        frame = []
        length = 0
      }
      frame.push(line)
      length += line.length
    }
    this.#transport.send(frame.join('\n'))
  }

  #receive(text: string): void {
    if (!this.#heard) {
      this.#heard = true
      this.#listener.heard()
    }
    for (const line of text.split('\n')) {
      // What came first may have led to the end of the link.
      if (this.#closed) return
      if (line === '') continue
      const message = parseMessage(line)
      if (message === undefined) {
        this.#listener.nonsense(
          new NowcastError('malformed_frame', `The server sent what makes no sense: ${line.slice(0, 100)}`),
        )
      } else if (message.type === 'reply') this.#settle(message)
      else this.#listener.push(message)
    }
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id)
    if (pending === undefined) return
    this.#pending.delete(reply.id)
    pending.cancelTimeout()
    if ('error' in reply) pending.reject(NowcastError.fromWire(reply.error))
    else pending.resolve(reply.result)
  }
}

const linkEnded = () => new NowcastError('not_connected', 'The connection ended before the reply.')
const byteLength = (text: string): number => new TextEncoder().encode(text).length
