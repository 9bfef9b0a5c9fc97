// Signed requests to the server's HTTP API, repeated until they are answered: their bodies carry ids that make that safe.
import { NowcastError, type WireError } from '@nowcast/protocol'
import { hmac, sha256, toHex } from './signing.ts'

/** How the server is reached. */
export interface BackendOptions {
  /** `http://` or `https://`. */
  readonly url: string
  readonly key: string
  readonly secret: string
  /** For one attempt. Default 5,000. */
  readonly timeoutMs?: number
  /** Attempts after the first, with exponential backoff and jitter. Default 3. */
  readonly retries?: number
}

const MIN_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 5_000

/** Posts a body and returns the answer's. @throws NowcastError */
export async function post<T>(options: BackendOptions, path: string, body: object): Promise<T> {
  const { retries = 3 } = options
  const text = JSON.stringify(body)
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await postOnce<T>(options, path, text)
    } catch (error) {
      if (!(error instanceof NowcastError) || !error.retryable || attempt >= retries) throw error
      const backoffMs = Math.min(MIN_BACKOFF_MS * 2 ** attempt, MAX_BACKOFF_MS) * (0.5 + Math.random())
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfterMs ?? 0) + backoffMs))
    }
  }
}

async function postOnce<T>(
  { url, key, secret, timeoutMs = 5_000 }: BackendOptions,
  path: string,
  body: string,
): Promise<T> {
  const timestamp = String(Date.now())
  const signed = `${timestamp}\nPOST\n${path}\n${toHex(await sha256(body))}`
  const signature = toHex(await hmac(secret, signed))
  let response: Response
  let answer: unknown
  try {
    response = await fetch(url.replace(/^ws/, 'http').replace(/\/+$/, '') + path, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-nowcast-key': key,
        'x-nowcast-timestamp': timestamp,
        'x-nowcast-signature': signature,
      },
      signal: AbortSignal.timeout(timeoutMs),
    })
    answer = parse(await response.text())
  } catch (cause) {
    throw new NowcastError('unavailable', 'The server could not be reached.', { cause })
  }
  if (response.ok && answer !== undefined) return answer as T
  throw isRefusal(answer) ? NowcastError.fromWire(answer.error) : unexpected(response)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRefusal(answer: unknown): answer is { readonly error: WireError } {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return false
  const { error } = answer
  return typeof error === 'object' && error !== null && 'code' in error
}

/** An answer that is not the server's own, e.g. of a proxy in front of it. */
function unexpected({ ok, status, headers }: Response): NowcastError {
  const retryAfterSeconds = Number(headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : undefined
  const mayPass = ok || status >= 500 || status === 429
  return new NowcastError(mayPass ? 'unavailable' : 'not_found', `The server answered ${status}.`, {
    retryAfterMs,
  })
}
