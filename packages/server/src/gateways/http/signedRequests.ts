// Requests that only the application's backend can make. A stranger is refused before a body is read; as long as a
// body is not known to be the backend's, all of them together take a bounded amount of memory.
import { NowcastError } from '@nowcast/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { App, Apps, KeyedApp } from '../../features/apps/app.ts'
import { appDisabled } from '../../features/apps/registry.ts'
import type { Streams } from '../../features/chat/streams/streams.ts'
import type { RequestLimits } from '../../features/limits/requestLimits.ts'
import { checkSignedHeaders, verifySignature } from '../../foundation/auth/signatures.ts'
import type { Clock } from '../../foundation/clock.ts'
import { countRequest, type LimitedRequests } from './requestLimits.ts'

const KEY = 'x-nowcast-key'
const MAX_WAITING_BYTES = 67_108_864
const RETRY_WHEN_FULL_MS = 1_000

/** An app, as the requests of its backend see it. */
export interface ServedApp extends App {
  readonly chat: { readonly streams: Streams }
  /** Of requests that only claim to be its backend's; where it has none, those of all strangers hold. */
  readonly requestLimits: Pick<RequestLimits, 'take'> | undefined
}

/** What signed requests are checked with. */
export interface SignedRequests {
  readonly apps: Pick<Apps<ServedApp>, 'byKey'>
  readonly clock: Clock
  /** Requests of strangers count; those of the backend are the application's own, however many. */
  readonly limited: LimitedRequests
}

/** Whose requests are, once that is known. */
const senders = new WeakMap<FastifyRequest, ServedApp>()

/** From here on, the routes of `scope` take signed requests only; `signedBody` gives their bodies, `senderOf` their app. */
export function requireSignatures(scope: FastifyInstance, { apps, clock, limited }: SignedRequests): void {
  let waitingBytes = 0
  // The signature covers the bytes as they were sent, so the body is parsed only after it was checked.
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  const strangers = (request: FastifyRequest) => {
    const limits = apps.byKey(header(request, KEY))?.app.requestLimits ?? limited.limits
    return { ...limited, limits }
  }
  scope.addHook('onRequest', async (request, reply) => {
    await countingStrangers(request, strangers(request), () => {
      requireSender(apps, request)
      checkHeaders(request, clock.now())
    })
    const bytes = largestBody(request)
    if (waitingBytes + bytes > MAX_WAITING_BYTES) {
      throw new NowcastError('unavailable', 'Too many requests are being received.', {
        retryAfterMs: RETRY_WHEN_FULL_MS,
      })
    }
    waitingBytes += bytes
    reply.raw.once('close', () => {
      waitingBytes -= bytes
    })
  })
  scope.addHook('preHandler', async (request) => {
    await countingStrangers(request, strangers(request), () => {
      // Its key may have been retired while the body was on its way.
      const { app, secret } = requireSender(apps, request)
      checkBody(request, secret)
      senders.set(request, app)
    })
  })
}

/** The app whose backend made a request. */
export function senderOf(request: FastifyRequest): ServedApp {
  const app = senders.get(request)
  if (app === undefined) throw new NowcastError('internal', 'The request was not checked.')
  return app
}

/** The JSON of a request that was found to be the backend's. @throws NowcastError `malformed_frame` */
export function signedBody(request: FastifyRequest): unknown {
  try {
    return JSON.parse(bytesOf(request).toString('utf8'))
  } catch (cause) {
    throw new NowcastError('malformed_frame', 'The body must be JSON.', { cause })
  }
}

/** A request that is not the backend's counts. @throws NowcastError `limit_exceeded`, or what `check` throws */
async function countingStrangers(
  request: FastifyRequest,
  limited: LimitedRequests,
  check: () => void,
): Promise<void> {
  try {
    check()
  } catch (error) {
    await countRequest(request.raw, limited)
    throw error
  }
}

/** @throws NowcastError `unknown_app`, `app_disabled` */
function requireSender(apps: SignedRequests['apps'], request: FastifyRequest): KeyedApp<ServedApp> {
  const found = apps.byKey(header(request, KEY))
  if (found === undefined) throw new NowcastError('unknown_app', 'There is no app with this key.')
  if (!found.app.enabled) throw appDisabled()
  return found
}

function checkHeaders(request: FastifyRequest, now: number): void {
  checkSignedHeaders(header(request, 'x-nowcast-timestamp'), header(request, 'x-nowcast-signature'), now)
}

function checkBody(request: FastifyRequest, secret: string): void {
  const timestamp = header(request, 'x-nowcast-timestamp')
  const signed = { method: request.method, path: request.url, body: bytesOf(request), timestamp }
  verifySignature(secret, signed, header(request, 'x-nowcast-signature'))
}

const bytesOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0))

const header = (request: FastifyRequest, name: string): string => String(request.headers[name] ?? '')

/** The bytes that the body says it has; one that says nothing may reach the route's limit. */
function largestBody({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit ?? 0
  const declared = Number(headers['content-length'] ?? limit)
  return Number.isFinite(declared) ? Math.min(declared, limit) : limit
}
