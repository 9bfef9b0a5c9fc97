// The connections that hear of one thing, by the format they are spoken to in: what they are told is encoded once for each.
import type { Push } from '@nowcast/protocol'
import type { Connection, WireFormat } from '../../core/connection.ts'

/** What audiences were sent, counted in frames of single connections, and in bytes. */
export interface PushCounts {
  pushes: number
  bytes: number
}

/** What is told, in each format; undefined in one that can't tell it. */
export type Message = (format: WireFormat) => Uint8Array | undefined

/** What the native protocol words. */
export const pushed =
  (push: Push): Message =>
  (format) =>
    format.push(push)

/** Connections that hear of one thing. */
export class Audience {
  readonly #counts: PushCounts
  readonly #byFormat = new Map<WireFormat, Set<Connection>>()

  constructor(counts: PushCounts) {
    this.#counts = counts
  }

  get isEmpty(): boolean {
    return this.#byFormat.size === 0
  }

  /** Adds a connection; adding it twice changes nothing. */
  add(connection: Connection): void {
    const connections = this.#byFormat.get(connection.format)
    if (connections === undefined) this.#byFormat.set(connection.format, new Set([connection]))
    else connections.add(connection)
  }

  remove(connection: Connection): void {
    const connections = this.#byFormat.get(connection.format)
    connections?.delete(connection)
    if (connections?.size === 0) this.#byFormat.delete(connection.format)
  }

  /** Tells everybody. */
  tell(message: Message): void {
    for (const [format, connections] of this.#byFormat) {
      const frame = message(format)
      if (frame === undefined) continue
      for (const { outbox } of connections) outbox.push(frame)
      this.#counts.pushes += connections.size
      this.#counts.bytes += frame.length * connections.size
    }
  }
}

/** Tells one connection, whether it belongs to an audience or not. */
export function tellOne(connection: Connection, message: Message, counts: PushCounts): void {
  const frame = message(connection.format)
  if (frame === undefined) return
  connection.outbox.push(frame)
  counts.pushes += 1
  counts.bytes += frame.length
}
