// For an application's own backend: publishing with the app's secret, and tokens for its users. It needs nothing but
// fetch and WebCrypto, so it runs in Node.js and at the edge.
import {
  type Json,
  limits,
  type Metadata,
  NowcastError,
  type PublishResult,
  type WireError,
} from '@nowcast/protocol'
import { hmac, sha256, signToken, toHex } from './signing.ts'

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

/** The data of each event, by its name. */
export type BackendEvents = Readonly<Record<string, Json>>

/** An event of a batch. */
export type BackendEvent<Events extends BackendEvents> = {
  readonly [Name in keyof Events & string]: {
    readonly channel: string
    readonly event: Name
    readonly data: Events[Name]
    /** Idempotency key; made when absent. */
    readonly id?: string
    readonly metadata?: Metadata
  }
}[keyof Events & string]

/** How one event of a batch fared. */
export type BatchResult = { readonly result: PublishResult } | { readonly error: WireError }

/** Publishes as the application. */
export interface Backend<Events extends BackendEvents> {
  /** Publishes an event, exactly once however often it has to be tried. @throws NowcastError */
  publish<Name extends keyof Events & string>(
    channel: string,
    event: Name,
    data: Events[Name],
    options?: { readonly id?: string; readonly metadata?: Metadata },
  ): Promise<PublishResult>
  /** Publishes up to 100 events in one request; outcomes in their order. @throws NowcastError when none was published */
  publishBatch(events: readonly BackendEvent<Events>[]): Promise<readonly BatchResult[]>
  /** A token for a user. `claims` are there for the server's channel policies. */
  token(user: {
    readonly id: string
    readonly name?: string
    readonly avatar?: string
    readonly claims?: Readonly<Record<string, Json>>
    /** Default 3,600. */
    readonly expiresInSeconds?: number
  }): Promise<string>
}

const MIN_BACKOFF_MS = 100

/** Makes a helper for an application's backend. The type parameter names its events and their data. */
export function createBackend<Events extends BackendEvents = BackendEvents>(
  options: BackendOptions,
): Backend<Events> {
  return {
    async publish(channel, event, data, { id = crypto.randomUUID(), metadata } = {}) {
      return post<PublishResult>(options, '/v1/publish', { channel, event, data, id, metadata })
    },
    async publishBatch(events) {
      if (events.length > limits.batch) {
        throw new NowcastError('invalid_command', `A batch holds at most ${limits.batch} events.`, {
          field: 'events',
        })
      }
      const identified = events.map((event) => ({ id: crypto.randomUUID(), ...event }))
      return (await post<{ results: BatchResult[] }>(options, '/v1/publish/batch', { events: identified }))
        .results
    },
    token: ({ id, name, avatar, claims, expiresInSeconds = 3_600 }) =>
      signToken(options.secret, { ...claims, sub: id, name, avatar }, expiresInSeconds),
  }
}

async function post<T>(options: BackendOptions, path: string, body: object): Promise<T> {
  const { retries = 3 } = options
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await postOnce<T>(options, path, JSON.stringify(body))
    } catch (error) {
      if (!(error instanceof NowcastError) || !error.retryable || attempt >= retries) throw error
      const backoffMs = MIN_BACKOFF_MS * 2 ** attempt * (0.5 + Math.random())
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? backoffMs))
    }
  }
}

async function postOnce<T>(
  { url, key, secret, timeoutMs = 5_000 }: BackendOptions,
  path: string,
  body: string,
): Promise<T> {
  const timestamp = String(Date.now())
  const text = `${timestamp}\nPOST\n${path}\n${toHex(await sha256(body))}`
  let response: Response
  try {
    response = await fetch(url.replace(/^ws/, 'http').replace(/\/+$/, '') + path, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-nowcast-key': key,
        'x-nowcast-timestamp': timestamp,
        'x-nowcast-signature': toHex(await hmac(secret, text)),
      },
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw new NowcastError('unavailable', 'The server could not be reached.', { cause })
  }
  if (response.ok) return response.json() as Promise<T>
  const refusal = (await response.json().catch(() => undefined)) as { readonly error?: WireError } | undefined
  if (refusal?.error !== undefined) throw NowcastError.fromWire(refusal.error)
  throw new NowcastError(
    response.status >= 500 ? 'unavailable' : 'internal',
    `The server answered ${response.status}.`,
  )
}
