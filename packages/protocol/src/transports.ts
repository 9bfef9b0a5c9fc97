// What may carry the protocol's frames, and where each is found.
import { NATIVE_PATH } from './limits.ts'

/** Names of the transports, as clients choose them and metrics count them; the best first. */
export const transportNames = ['websocket', 'stream', 'polling'] as const

/** What carries a connection: a WebSocket, or where there can be none an HTTP stream, or where that is held back polls. */
export type TransportName = (typeof transportNames)[number]

/** Paths of the protocol over HTTP. */
export const transportPaths = {
  /** GET: a session's frames as server-sent events. */
  stream: `${NATIVE_PATH}/stream`,
  /** POST: opens a session for polling. */
  session: `${NATIVE_PATH}/session`,
  /** POST: waits for a polling session's frames. */
  poll: `${NATIVE_PATH}/poll`,
  /** POST: a frame from the client, for either kind. */
  frames: `${NATIVE_PATH}/frames`,
  /** POST: ends a session, of either kind. */
  end: `${NATIVE_PATH}/end`,
} as const
