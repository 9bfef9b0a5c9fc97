// A connection that keeps what it was sent, for tests of the core.
import type { Publication } from '@nowcast/protocol'
import type { Connection, Gap, WireFormat } from '../core/connection.ts'
import { Flusher, Outbox } from '../core/outbox.ts'
import type { Socket } from '../core/socket.ts'
import type { Clock } from '../foundation/clock.ts'

let connections = 0
const text = (value: object) => new TextEncoder().encode(`${JSON.stringify(value)}\n`)

const format: WireFormat = {
  event: (publication) => text({ event: publication }),
  gap: (gap) => text({ gap }),
  unsubscribed: (channel, error) => text({ unsubscribed: channel, error }),
  push: (push) => text({ push }),
}

/** A connection over a socket that only remembers; it takes bytes at once unless it is held. */
export class RecordingClient {
  readonly connection: Connection
  readonly writes: string[] = []
  closedWith: string | undefined
  #heldBytes: number | undefined
  #drained: (() => void)[] = []

  constructor(clock: Clock, options: { readonly flusher?: Flusher; readonly maxBytes?: number } = {}) {
    const client = this
    const socket: Socket = {
      write(bytes) {
        client.writes.push(new TextDecoder().decode(bytes))
        if (client.#heldBytes !== undefined) client.#heldBytes += bytes.length
      },
      get bufferedBytes() {
        return client.#heldBytes ?? 0
      },
      onceDrained(run) {
        client.#drained.push(run)
      },
      close(_code, reason) {
        client.closedWith = reason
      },
    }
    connections += 1
    const flusher = options.flusher ?? new Flusher(clock, 0)
    this.connection = {
      id: `connection-${connections}`,
      app: '1',
      user: undefined,
      format,
      outbox: new Outbox(socket, flusher, { maxBytes: options.maxBytes ?? 1_000_000 }, () =>
        socket.close(4508, 'slow_reader'),
      ),
      subscriptions: new Map(),
      end: (error) => socket.close(1000, error.code),
    }
  }

  /** From now on nothing leaves the socket's buffer. */
  hold(): void {
    this.#heldBytes = 0
  }

  /** Everything held leaves; nobody is told yet. */
  takeAll(): void {
    this.#heldBytes = 0
  }

  /** Everything held leaves. */
  release(): void {
    this.#heldBytes = undefined
    const drained = this.#drained
    this.#drained = []
    for (const run of drained) run()
  }

  get events(): Publication[] {
    return this.#received('event')
  }

  get gaps(): Gap[] {
    return this.#received('gap')
  }

  #received<T>(kind: string): T[] {
    const lines = this.writes.join('').split('\n').filter(Boolean)
    return lines
      .map((line) => JSON.parse(line))
      .filter((value) => kind in value)
      .map((value) => value[kind])
  }
}
