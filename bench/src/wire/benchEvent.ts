// The event that every contestant broadcasts: the same envelope, the same 100 bytes of data, and in the data the
// moment when it was due, which the load process finds in the raw bytes.
import { randomUUID } from 'node:crypto'
import type { EventEnvelope } from '@nowcast/protocol'

/** The channel (room) that everybody listens to. */
export const BENCH_CHANNEL = 'bench'

/** The event's name. */
export const BENCH_EVENT = 'tick'

/** Bytes of the event's data, as JSON. */
const DATA_BYTES = 100

/** Digits of the moment in the data: microseconds of the machine's monotonic clock, padded with zeros. */
export const MOMENT_DIGITS = 16

/** What stands before the moment's digits in the bytes of an event. */
export const MOMENT_MARKER = '"at":"'

/** The same where the data travels as a JSON string within JSON. */
export const ESCAPED_MOMENT_MARKER = '\\"at\\":\\"'

const FILLER = 'x'.repeat(DATA_BYTES - '{"at":"","text":""}'.length - MOMENT_DIGITS)

/** Microseconds of the machine's monotonic clock: the same in every process of this machine. */
export function monotonicMicros(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3)
}

/** A moment as it stands in an event. */
export const momentDigits = (micros: number): string =>
  String(Math.floor(micros)).padStart(MOMENT_DIGITS, '0')

/** 100 bytes of data. @param dueMicros when the event was due, on the monotonic clock */
export const benchData = (dueMicros: number): { readonly at: string; readonly text: string } => ({
  at: momentDigits(dueMicros),
  text: FILLER,
})

/** The envelope that a peer sends, with the fields of a Nowcast publication. */
export function benchEnvelope(
  offset: number,
  dueMicros: number,
  channel = BENCH_CHANNEL,
): EventEnvelope & { readonly offset: number } {
  return {
    channel,
    offset,
    id: randomUUID(),
    version: 1,
    name: BENCH_EVENT,
    data: benchData(dueMicros),
    timestamp: Date.now(),
  }
}
