// Ends a connection that asked to be upgraded, with an HTTP answer instead.
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Answers and lets go.
 * @param status of HTTP
 * @param headers besides `Connection`
 */
export function refuseUpgrade(
  stream: Duplex,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const lines = Object.entries({ Connection: 'close', ...headers }).map(
    ([name, text]) => `${name}: ${text}\r\n`,
  )
  // A peer that does not end its side either would hold the link for ever.
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`)
}
