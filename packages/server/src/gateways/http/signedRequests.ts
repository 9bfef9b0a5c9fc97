// Requests that only the application's backend can make. A stranger is refused before a body is read; as long as a
// body is not known to be the backend's, all of them together take a bounded amount of memory.
import { NowcastError } from '@nowcast/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { checkSignedHeaders, verifySignature } from '../../foundation/auth/signatures.ts'
import type { Clock } from '../../foundation/clock.ts'
import { countRequest, type LimitedRequests } from './requestLimits.ts'

const MAX_WAITING_BYTES = 67_108_864
const RETRY_WHEN_FULL_MS = 1_000

/** What signed requests are checked with. */
export interface SignedRequests {
  readonly app: { readonly key: string; readonly secret: string }
  readonly clock: Clock
  /** Requests of strangers count; those of the backend are the application's own, however many. */
  readonly limited: LimitedRequests
}

/** From here on, the routes of `scope` take signed requests only; `signedBody` gives their bodies. */
export function requireSignatures(scope: FastifyInstance, { app, clock, limited }: SignedRequests): void {
  let waitingBytes = 0
  // The signature covers the bytes as they were sent, so the body is parsed only after it was checked.
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  scope.addHook('onRequest', async (request, reply) => {
    await countingStrangers(request, limited, () => checkHeaders(request, app.key, clock.now()))
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
    await countingStrangers(request, limited, () => checkBody(request, app.secret))
  })
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
    await countRequest(request, limited)
    throw error
  }
}

function checkHeaders(request: FastifyRequest, key: string, now: number): void {
  if (header(request, 'x-nowcast-key') !== key) {
    throw new NowcastError('unknown_app', 'There is no app with this key.')
  }
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
