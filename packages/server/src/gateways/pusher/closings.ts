// Why a connection is ended, by the codes of Pusher's protocol. What a client does goes by the code: after 4000 it
// comes back through TLS, below 4100 it gives up,
// below 4200 it comes back after a second or more, below 4300 at once.
import type { ErrorCode, NowcastError } from '@nowcast/protocol'

/** How a connection ends. */
export interface Closing {
  readonly code: number
  /** A sentence for a person, at most 123 bytes. */
  readonly message: string
  /** What it counts as. */
  readonly counted: ErrorCode
}

/** The reasons that are always the same. */
export const closings = {
  tlsOnly: { code: 4000, message: 'This app takes encrypted connections only: wss://', counted: 'forbidden' },
  unknownApp: { code: 4001, message: 'There is no app with this key.', counted: 'unknown_app' },
  disabled: { code: 4003, message: 'The app is disabled.', counted: 'app_disabled' },
  overQuota: {
    code: 4004,
    message: 'There are too many connections of this address.',
    counted: 'too_many_connections',
  },
  noPath: { code: 4005, message: 'Connect to /app/<key>.', counted: 'not_found' },
  badVersion: { code: 4006, message: 'The version is not well formed.', counted: 'unsupported_version' },
  unsupportedProtocol: {
    code: 4007,
    message: 'This server speaks the versions 4 to 7 of the protocol.',
    counted: 'unsupported_version',
  },
  noProtocol: {
    code: 4008,
    message: 'Say which version of the protocol you speak.',
    counted: 'unsupported_version',
  },
  overCapacity: {
    code: 4100,
    message: 'There is no room for this connection now.',
    counted: 'too_many_connections',
  },
  // Who comes to a server that is going away would come back to it at once, again and again.
  arrivedWhileDraining: { code: 4100, message: 'The server is going away.', counted: 'draining' },
  unavailable: {
    code: 4100,
    message: 'The server can do nothing for this connection now.',
    counted: 'unavailable',
  },
  slowReader: {
    code: 4100,
    message: 'The connection does not take what it is sent.',
    counted: 'slow_reader',
  },
  draining: { code: 4200, message: 'The server is going away; connect again.', counted: 'draining' },
  noPong: { code: 4201, message: 'A ping was not answered.', counted: 'heartbeat_timeout' },
  inactive: { code: 4202, message: 'Nothing was heard for too long.', counted: 'heartbeat_timeout' },
} as const satisfies Record<string, Closing>

/** Bytes that the reason of a close may have (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123

/** The connection may not go on, as the error says. */
export const unauthorized = ({ code, message }: NowcastError): Closing => ({
  code: 4009,
  message: Buffer.byteLength(message) <= MAX_REASON_BYTES ? message : 'The connection is not authorized.',
  counted: code,
})

/** Why an address may have no further connection. */
export const addressRefused = ({ field }: NowcastError): Closing =>
  field === 'connectionsPerAddress' ? closings.overQuota : closings.overCapacity
