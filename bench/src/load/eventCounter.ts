// Counts events by walking frame headers only, across chunks, and finds the moments in sampled bytes.
import { MOMENT_DIGITS } from '../wire/benchEvent.ts'
import { opcodes, readHeader } from '../wire/webSocket.ts'

/** Shorter texts are heartbeats and replies, not events. */
const MIN_EVENT_BYTES = 100
const MAX_HEADER_BYTES = 10

/** What a peer sent that must be answered to stay connected. */
export type Heartbeat = 'ping' | 'socket.io ping'

/** Counts the events of one connection. */
export class EventCounter {
  readonly #onHeartbeat: (heartbeat: Heartbeat) => void
  /** Payload bytes of the current frame that have not come yet. */
  #toCome = 0
  /** The beginning of a header that was cut by the end of a chunk. */
  #cut: Buffer | undefined

  constructor(onHeartbeat: (heartbeat: Heartbeat) => void) {
    this.#onHeartbeat = onHeartbeat
  }

  /** The number of events whose header is in these bytes. */
  count(bytes: Buffer, end: number): number {
    if (this.#cut !== undefined) {
      const joined = Buffer.concat([this.#cut, bytes.subarray(0, end)])
      this.#cut = undefined
      return this.#walk(joined, joined.length)
    }
    return this.#walk(bytes, end)
  }

  #walk(bytes: Buffer, end: number): number {
    let events = 0
    let at = this.#toCome
    while (at < end) {
      const header = readHeader(bytes, at, end)
      if (header === undefined) {
        this.#toCome = 0
        this.#cut = Buffer.from(bytes.subarray(at, Math.min(end, at + MAX_HEADER_BYTES)))
        return events
      }
      if (header.opcode === opcodes.text && header.length >= MIN_EVENT_BYTES) events += 1
      else if (header.opcode === opcodes.ping) this.#onHeartbeat('ping')
      else if (header.opcode === opcodes.text && header.length === 1) this.#onHeartbeat('socket.io ping')
      at = header.start + header.length
    }
    this.#toCome = at - end
    return events
  }
}

/** Calls `found` with every moment that lies whole in the bytes. @param marker what stands before each */
export function findMoments(
  bytes: Buffer,
  end: number,
  marker: Buffer,
  found: (micros: number) => void,
): void {
  let at = bytes.indexOf(marker)
  while (at !== -1 && at + marker.length + MOMENT_DIGITS <= end) {
    const start = at + marker.length
    let micros = 0
    for (let index = start; index < start + MOMENT_DIGITS; index += 1)
      micros = micros * 10 + (bytes[index] ?? 48) - 48
    found(micros)
    at = bytes.indexOf(marker, start + MOMENT_DIGITS)
  }
}
