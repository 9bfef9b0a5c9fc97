// Requests between an application's backend and the server carry a signature made with the app's secret, either way.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'

/** How far a request's timestamp may be from this clock. */
const SIGNATURE_WINDOW_MS = 600_000

/** What a signature covers. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
  /** Milliseconds since 1970, as sent. */
  readonly timestamp: string
}

/**
 * The signature of a request: hex HMAC-SHA256 over timestamp, method, path and the body's SHA-256, a line each.
 * @param secret the app's secret
 */
export function signRequest(secret: string, request: SignedRequest): string {
  const digest = createHash('sha256').update(request.body).digest('hex')
  const text = `${request.timestamp}\n${request.method}\n${request.path}\n${digest}`
  return createHmac('sha256', secret).update(text).digest('hex')
}

/**
 * Checks what can be known of a signed request before its body is read.
 * @param timestamp milliseconds since 1970, as sent
 * @param now milliseconds since 1970
 * @throws NowcastError `timestamp_invalid`, `signature_invalid`
 */
export function checkSignedHeaders(timestamp: string, signature: string, now: number): void {
  if (!/^[0-9a-f]{64}$/.test(signature)) throw signatureInvalid()
  const age = Math.abs(now - Number(timestamp))
  if (timestamp === '' || !(age <= SIGNATURE_WINDOW_MS)) {
    throw new NowcastError(
      'timestamp_invalid',
      "The timestamp is more than 10 minutes from the server's clock.",
    )
  }
}

/** @throws NowcastError `signature_invalid` when the signature is not that of the request */
export function verifySignature(secret: string, request: SignedRequest, signature: string): void {
  const expected = Buffer.from(signRequest(secret, request))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw signatureInvalid()
}

const signatureInvalid = () =>
  new NowcastError('signature_invalid', 'The signature does not fit the request.')
