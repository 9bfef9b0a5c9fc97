// Where the protocol is found over HTTP; by itself, so that pages which have a WebSocket need not carry it.
import { NATIVE_PATH } from './limits.ts'

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
