// One WebSocket from opening to close: frames out and in, and replies matched to commands.
import type { Commands, CommandType, Push, Results, WireError } from '@nowcast/protocol'
import { decodeFrame, limits, NowcastError } from '@nowcast/protocol'
import type { WebSocketConstructor, WebSocketLike } from '../options.ts'
import type { Timers } from '../timers.ts'

/** What a link tells its owner. */
export interface LinkEvents {
  opened(): void
  push(push: Push): void
  /** Called once. @param code a WebSocket close code; 1006 when the network failed */
  closed(code: number): void
}

interface Pending {
  resolve(result: never): void
  reject(error: NowcastError): void
  cancelTimeout(): void
}

const FRAME_BOUNDS = { objects: Number.MAX_SAFE_INTEGER, depth: limits.dataDepth + 10 }
const ABNORMAL = 1006

/** A link to a server. */
export class Link {
  readonly #socket: WebSocketLike
  readonly #timers: Timers
  readonly #events: LinkEvents
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #lines: string[] = []
  #closed = false

  constructor(url: string, WebSocket: WebSocketConstructor, timers: Timers, events: LinkEvents) {
    this.#timers = timers
    this.#events = events
    this.#socket = new WebSocket(url)
    this.#socket.onopen = () => events.opened()
    this.#socket.onmessage = ({ data }: { data: unknown }) => this.#receive(data)
    this.#socket.onclose = ({ code }: { code: number }) => this.close(code, true)
    this.#socket.onerror = () => {}
  }

  /**
   * Sends a command; commands of one turn travel in one frame.
   * @throws NowcastError what the server refused with, `timeout`, or `not_connected` when the link ends before the reply
   */
  request<T extends CommandType>(type: T, command: Commands[T], timeoutMs: number): Promise<Results[T]> {
    return new Promise<Results[T]>((resolve, reject) => {
      if (this.#closed) {
        reject(linkEnded())
        return
      }
      const id = this.#nextId++
      const cancelTimeout = this.#timers.after(timeoutMs, () => {
        this.#pending.delete(id)
        reject(new NowcastError('timeout', `The server did not answer "${type}" in time.`))
      })
      this.#pending.set(id, { resolve, reject, cancelTimeout })
      if (this.#lines.push(JSON.stringify({ type, id, ...command })) === 1)
        queueMicrotask(() => this.#flush())
    })
  }

  /** Ends the link; every unanswered command is rejected. */
  close(code = 1000, byPeer = false): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null
    if (!byPeer) this.#socket.close(1000)
    for (const pending of this.#pending.values()) {
      pending.cancelTimeout()
      pending.reject(linkEnded())
    }
    this.#pending.clear()
    this.#events.closed(code)
  }

  /** Ends a link whose peer no longer answers. */
  abandon(): void {
    this.close(ABNORMAL)
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = []
    if (this.#closed) return
    for (let start = 0; start < lines.length; ) {
      // A frame stays far below the server's limit, whatever the characters take as bytes.
      let end = start + 1
      let length = lines[start]?.length ?? 0
      while (end < lines.length && end - start < limits.commandsPerFrame && length < 10_000)
        length += lines[end++]?.length ?? 0
      this.#socket.send(lines.slice(start, end).join('\n'))
      start = end
    }
  }

  #receive(data: unknown): void {
    if (typeof data !== 'string') return
    let messages: ReturnType<typeof decodeFrame>
    try {
      messages = decodeFrame(data, FRAME_BOUNDS)
    } catch {
      // A server that sends nonsense is as good as gone.
      this.abandon()
      return
    }
    for (const message of messages) {
      if (message.type === 'reply')
        this.#settle(message as unknown as { id: number; result?: never; error?: WireError })
      else this.#events.push(message as unknown as Push)
    }
  }

  #settle({ id, result, error }: { id: number; result?: never; error?: WireError }): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    pending.cancelTimeout()
    if (error !== undefined) pending.reject(NowcastError.fromWire(error))
    else pending.resolve(result as never)
  }
}

const linkEnded = () => new NowcastError('not_connected', 'The connection ended before the reply.')
