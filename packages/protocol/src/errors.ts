// Every refusal that crosses the wire: one table of stable codes, one error class. The table is the
// documentation; docs/protocol.md is checked against it.

/** What a code means: the HTTP status it travels with, and whether the same request may succeed later. */
export interface ErrorKind {
  readonly status: number
  /** True when repeating the same request later can succeed without changing it. */
  readonly retryable: boolean
  /** When set, the connection is closed with this WebSocket close code after the error was sent. */
  readonly close?: number
}

/** As HTTP has it: what was refused for its rate (429) or by a fault of the server (5xx) can be repeated later. */
const kind = (status: number, close?: number): ErrorKind => ({
  status,
  retryable: status === 429 || status >= 500,
  ...(close && { close }),
})

/** All error codes of the native protocol and the HTTP API. Codes are never renamed or reused. */
export const errorKinds = {
  malformed_frame: kind(400, 4400),
  invalid_encoding: kind(400, 1007),
  binary_not_supported: kind(400, 1003),
  frame_too_large: kind(413, 1009),
  invalid_command: kind(400),
  unknown_command: kind(400),
  data_too_deep: kind(400),
  data_too_large: kind(413),
  not_connected: kind(401, 4400),
  already_connected: kind(400),
  unsupported_version: kind(400, 4406),
  unknown_app: kind(401, 4404),
  app_disabled: kind(403, 4403),
  unauthorized: kind(401, 4401),
  token_expired: kind(401, 4402),
  terminated: kind(403, 4405),
  connect_timeout: kind(408, 4409),
  heartbeat_timeout: kind(408, 4408),
  slow_reader: kind(408, 4508),
  draining: kind(503, 4503),
  too_many_connections: kind(503, 4429),
  too_many_subscriptions: kind(400),
  too_many_commands: kind(429),
  limit_exceeded: kind(429),
  forbidden: kind(403),
  not_subscribed: kind(409),
  invalid_channel: kind(400),
  invalid_event: kind(400),
  idempotency_conflict: kind(409),
  conversation_not_found: kind(404),
  conversation_full: kind(409),
  conversation_exists: kind(409),
  conversation_archived: kind(409),
  not_a_member: kind(403),
  message_not_found: kind(404),
  message_deleted: kind(409),
  message_streaming: kind(409),
  stream_lost: kind(409),
  too_many_reactions: kind(409),
  body_too_long: kind(413),
  body_empty: kind(400),
  signature_invalid: kind(401),
  timestamp_invalid: kind(401),
  not_found: kind(404),
  unavailable: kind(503),
  timeout: kind(504),
  internal: kind(500),
} as const satisfies Record<string, ErrorKind>

/** A stable error code. */
export type ErrorCode = keyof typeof errorKinds

/** An error as it travels on the wire. */
export interface WireError {
  readonly code: ErrorCode
  /** A sentence for a person. */
  readonly message: string
  /** Milliseconds to wait before the same request can succeed, where that is known. */
  readonly retryAfterMs?: number
  /** Which field, limit or rule refused, where there is one. */
  readonly field?: string
}

/** The one error class of Nowcast: a stable code, a sentence, and what helps to recover. */
export class NowcastError extends Error {
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly field: string | undefined

  /**
   * @param code a stable code of `errorKinds`
   * @param message a sentence for a person; never a secret, never a stack
   * @param details `retryAfterMs` in milliseconds, `field` the offending part, `cause` the underlying error
   */
  constructor(
    code: ErrorCode,
    message: string,
    {
      retryAfterMs,
      field,
      cause,
    }: { retryAfterMs?: number | undefined; field?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'NowcastError'
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.field = field
  }

  /** True when repeating the same request later can succeed. */
  get retryable(): boolean {
    return errorKinds[this.code].retryable
  }

  /** The shape that travels on the wire. */
  toWire(): WireError {
    const { code, message, retryAfterMs, field } = this
    return {
      code,
      message,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(field !== undefined && { field }),
    }
  }

  /** The error behind a wire error; an unknown code becomes `internal`. */
  static fromWire(wire: WireError): NowcastError {
    const code = Object.hasOwn(errorKinds, wire.code) ? wire.code : 'internal'
    return new NowcastError(code, wire.message, { retryAfterMs: wire.retryAfterMs, field: wire.field })
  }
}
