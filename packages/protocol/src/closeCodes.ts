// WebSocket close codes of the native protocol, and what a client does at each.

const malformed = 4400
const unauthorized = 4401
const tokenExpired = 4402
const terminated = 4403
const unknownApp = 4404
const unsupportedVersion = 4406

/** Close codes of the native protocol. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  binaryNotSupported: 1003,
  invalidEncoding: 1007,
  frameTooLarge: 1009,
  malformed,
  unauthorized,
  tokenExpired,
  terminated,
  unknownApp,
  unsupportedVersion,
  heartbeatTimeout: 4408,
  connectTimeout: 4409,
  tooManyConnections: 4429,
  draining: 4503,
  slowReader: 4508,
} as const

/** What a client does after a close: try again, fetch a new token and try again, or give up. */
export type CloseAction = 'reconnect' | 'refresh' | 'give-up'

/**
 * What a client does when a connection ended with `code`.
 * @param code a WebSocket close code
 */
export function closeAction(code: number): CloseAction {
  switch (code) {
    case malformed:
    case terminated:
    case unknownApp:
    case unsupportedVersion:
      return 'give-up'
    case unauthorized:
    case tokenExpired:
      return 'refresh'
    default:
      return 'reconnect'
  }
}
