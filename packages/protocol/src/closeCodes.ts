// WebSocket close codes of the native protocol, and what a client does at each.

/** Close codes of the native protocol. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  binaryNotSupported: 1003,
  invalidEncoding: 1007,
  frameTooLarge: 1009,
  malformed: 4400,
  unauthorized: 4401,
  tokenExpired: 4402,
  unknownApp: 4404,
  unsupportedVersion: 4406,
  heartbeatTimeout: 4408,
  connectTimeout: 4409,
  tooManyConnections: 4429,
  draining: 4503,
  slowReader: 4508,
} as const

/** What a client does after a close: try again, fetch a new token and try again, or give up. */
export type CloseAction = 'reconnect' | 'refresh' | 'give-up'

const giveUp: ReadonlySet<number> = new Set([
  closeCodes.malformed,
  closeCodes.unknownApp,
  closeCodes.unsupportedVersion,
])
const refresh: ReadonlySet<number> = new Set([closeCodes.unauthorized, closeCodes.tokenExpired])

/**
 * What a client does when a connection ended with `code`.
 * @param code a WebSocket close code
 */
export function closeAction(code: number): CloseAction {
  if (giveUp.has(code)) return 'give-up'
  return refresh.has(code) ? 'refresh' : 'reconnect'
}
