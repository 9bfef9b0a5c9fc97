// Requests to trigger events, as bytes that are ready to be sent: signed as Pusher's libraries do.
import { createHmac, hash } from 'node:crypto'
import { BENCH_SECRET } from './token.ts'

const KEY = 'dev-key'
const APP_PATH = '/apps/1'
/** Makes an event's data 100 bytes of JSON. */
const TEXT = 'An event as backends send it.'.padEnd(78, '.')

/** A request with the events of these numbers, of which each goes to its channel. */
export function triggerRequest(numbers: readonly number[], channels: number): Buffer {
  const events = numbers.map((number) => ({
    name: 'bench-event',
    channel: `bench-${number % channels}`,
    data: JSON.stringify({ n: number, text: TEXT }),
  }))
  const [single] = events
  const body = JSON.stringify(events.length === 1 ? single : { batch: events })
  const path = `${APP_PATH}/${events.length === 1 ? 'events' : 'batch_events'}`
  const fields = `auth_key=${KEY}&auth_timestamp=${Math.floor(Date.now() / 1_000)}&auth_version=1.0&body_md5=${hash('md5', body)}`
  const signature = createHmac('sha256', BENCH_SECRET).update(`POST\n${path}\n${fields}`).digest('hex')
  const head = [
    `POST ${path}?${fields}&auth_signature=${signature} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
