// The framing of SockJS 0.3, as the transports of pusher-js read it: a letter, then what it comes with, a line each.
import { NowcastError } from '@nowcast/protocol'
import { z } from 'zod'

/** The first of a session, and never again: a client that reads it once more takes its session for lost. */
export const OPEN = 'o\n'
/** Says nothing. */
export const HEARTBEAT = 'h\n'
/** Begins a stream: browsers and proxies that wait for so much before they pass on anything need wait no longer. */
export const PRELUDE = `${'h'.repeat(2_048)}\n`
/** Told to whom another request for the same session has replaced. */
export const REPLACED = encodeClose({ code: 2010, reason: 'Another connection still open' })

const messages = z.array(z.string())

/** Messages of the server, as a client takes them. */
export const encodeMessages = (texts: readonly string[]): string => `a${JSON.stringify(texts)}\n`

/** The last of a session. */
export function encodeClose({ code, reason }: { readonly code: number; readonly reason: string }): string {
  return `c${JSON.stringify([code, reason])}\n`
}

/** Messages of a client. @throws NowcastError `invalid_command` */
export function decodeMessages(body: string): readonly string[] {
  try {
    return messages.parse(JSON.parse(body))
  } catch {
    throw new NowcastError('invalid_command', 'The body must be a JSON array of strings.')
  }
}
