// How Pusher's libraries sign a request to the HTTP API: over its method, path and query, which has the digest of the body. So
// all but the body is known to be the backend's before the body is read.
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'

/** How far a request's timestamp may be from this clock. */
const WINDOW_SECONDS = 600
const SIGNATURE = /^[0-9a-f]{64}$/
const DIGEST = /^[0-9a-f]{32}$/
const SHOWN_LENGTH = 1_000

/** Fields of a query: names in lower case, values not escaped any more. */
export type Parameters = readonly (readonly [name: string, value: string])[]

/** A request, as its signature covers it. */
export interface SignedRequest {
  readonly method: string
  /** As it was sent, without the query. */
  readonly path: string
  readonly parameters: Parameters
}

/** Splits a request's target. @throws NowcastError `invalid_command` when it is escaped wrongly */
export function parseTarget(target: string): Pick<SignedRequest, 'path' | 'parameters'> {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, parameters: [] }
  const parameters: [string, string][] = []
  for (const field of target.slice(mark + 1).split('&')) {
    if (field === '') continue
    const equals = field.indexOf('=')
    const [name, value] = equals < 0 ? [field, ''] : [field.slice(0, equals), field.slice(equals + 1)]
    parameters.push([unescapeText(name).toLowerCase(), unescapeText(value)])
  }
  return { path: target.slice(0, mark), parameters }
}

/** The value of a field; of several, the first. */
export function parameter(parameters: Parameters, name: string): string | undefined {
  for (const [known, value] of parameters) if (known === name) return value
  return undefined
}

/**
 * Checks everything that a signature covers, but the body.
 * @param now milliseconds since 1970
 * @throws NowcastError `timestamp_invalid`, `signature_invalid`
 */
export function verifySignature(secret: string, request: SignedRequest, now: number): void {
  const { parameters } = request
  const version = parameter(parameters, 'auth_version')
  if (version !== '1.0') throw invalid(missing('auth_version', version) ?? 'Version not supported')
  const timestamp = parameter(parameters, 'auth_timestamp') ?? ''
  const age = Math.abs(Math.floor(now / 1_000) - Number(timestamp))
  if (!/^\d{1,15}$/.test(timestamp) || age > WINDOW_SECONDS) {
    const message = `Timestamp expired: Given timestamp (${timestamp.slice(0, 20)}) not within ${WINDOW_SECONDS}s of server time (${Math.floor(now / 1_000)})`
    throw new NowcastError('timestamp_invalid', missing('auth_timestamp', timestamp || undefined) ?? message)
  }
  const signature = parameter(parameters, 'auth_signature') ?? ''
  const query = signedQuery(parameters)
  if (SIGNATURE.test(signature) && fits(secret, request, query, signature)) return
  const signed = JSON.stringify(`${request.method}\n${request.path}\n${query}`).slice(0, SHOWN_LENGTH)
  throw invalid(
    missing('auth_signature', signature || undefined) ??
      `Invalid signature: you should have sent HmacSHA256Hex(${signed}, your_secret_key)`,
  )
}

/** Checks the digest of a body; one of no bytes needs none. @throws NowcastError `signature_invalid` */
export function verifyBody(parameters: Parameters, body: Buffer): void {
  const digest = parameter(parameters, 'body_md5')
  if (digest === undefined && body.length === 0) return
  if (digest === undefined) throw invalid('Missing parameter: body_md5')
  if (!DIGEST.test(digest) || !equal(hash('md5', body, 'hex'), digest)) {
    throw invalid('Invalid body_md5: it is not the MD5 of the body that was received')
  }
}

/** The fields that are signed, by name, as they stand between `?` and the end. */
function signedQuery(parameters: Parameters): string {
  const signed = parameters.filter(([name]) => name !== 'auth_signature')
  signed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  let query = ''
  for (const [name, value] of signed) query += `${query === '' ? '' : '&'}${name}=${value}`
  return query
}

// Libraries sign the path as the application gave it, but some of them escape it before they send it.
function fits(secret: string, { method, path }: SignedRequest, query: string, signature: string): boolean {
  if (equal(hmac(secret, `${method}\n${path}\n${query}`), signature)) return true
  if (!path.includes('%')) return false
  return equal(hmac(secret, `${method}\n${unescapeText(path)}\n${query}`), signature)
}

const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')

/** Compares hexadecimal text of one length, in a time that tells nothing. */
const equal = (a: string, b: string) => timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))

function unescapeText(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new NowcastError('invalid_command', 'The request is escaped wrongly.', { cause })
  }
}

const invalid = (message: string) => new NowcastError('signature_invalid', message)

const missing = (name: string, value: string | undefined) =>
  value === undefined ? `Missing parameter: ${name}` : undefined
