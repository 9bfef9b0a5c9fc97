// The connections that hear of one thing, by the format they are spoken to in: what they are told is encoded once for each.
import type { Push } from '@nowcast/protocol'
import type { Connection, WireFormat } from '../../core/connection.ts'

/** What audiences were sent, counted in frames of single connections, and in bytes. */
export interface PushCounts {
  pushes: number
  bytes: number
}

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

  /** Tells everybody, or those of the formats that `concerns` says. */
  tell(push: Push, concerns: (format: WireFormat) => boolean = () => true): void {
    for (const [format, connections] of this.#byFormat) {
      if (!concerns(format)) continue
      const frame = format.push(push)
      for (const { outbox } of connections) outbox.push(frame)
      this.#counts.pushes += connections.size
      this.#counts.bytes += frame.length * connections.size
    }
  }
}

/** Tells one connection, whether it belongs to an audience or not. */
export function tellOne(connection: Connection, push: Push, counts: PushCounts): void {
  const frame = connection.format.push(push)
  connection.outbox.push(frame)
  counts.pushes += 1
  counts.bytes += frame.length
}
