// Publishing for the application's backend: signed, single and in batches, idempotent by event id.
import { randomUUID } from 'node:crypto'
import {
  isChannelName,
  isEventName,
  isId,
  type Json,
  limits,
  NowcastError,
  withinDepth,
} from '@nowcast/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Publisher } from '../../features/channels/publishing.ts'
import { verifyRequest } from '../../foundation/auth/signatures.ts'
import type { Clock } from '../../foundation/clock.ts'

/** What publishing over HTTP works with. */
export interface PublishRoutes {
  readonly app: { readonly key: string; readonly secret: string }
  readonly publisher: Publisher
  readonly clock: Clock
  readonly maxEventBytes: number
}

const json = z.custom<Json>(
  (value) => withinDepth(value, limits.dataDepth),
  `nested at most ${limits.dataDepth} levels deep`,
)

const publishing = z.object({
  channel: z.string().refine(isChannelName, 'must be the name of a channel'),
  event: z.string().refine(isEventName, 'must be the name of an event'),
  data: json.default(null),
  id: z.string().refine(isId, 'must be 1 to 128 visible ASCII characters').default(randomUUID),
  metadata: z.record(z.string(), json).optional(),
})

const batch = z.object({ events: z.array(publishing).min(1).max(limits.batch) })

/** Adds `POST /v1/publish` and `POST /v1/publish/batch`. */
export function publishRoutes(server: FastifyInstance, routes: PublishRoutes): void {
  server.register(async (scope) => {
    // The signature covers the bytes as they were sent, so the body is parsed only after it was checked.
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    const overheadBytes = 4_096
    const bodyLimit = routes.maxEventBytes + overheadBytes

    scope.post('/v1/publish', { bodyLimit }, async (request) => {
      return routes.publisher.publish(toPublishing(publishing.parse(signedBody(request, routes))))
    })
    scope.post('/v1/publish/batch', { bodyLimit: bodyLimit * limits.batch }, async (request) => {
      const { events } = batch.parse(signedBody(request, routes))
      const results = await Promise.all(events.map((event) => settle(routes.publisher, event)))
      return { results }
    })
  })
}

function toPublishing(parsed: z.output<typeof publishing>) {
  const { metadata, ...rest } = parsed
  return { ...rest, ...(metadata === undefined ? {} : { metadata }) }
}

async function settle(publisher: Publisher, event: z.output<typeof publishing>) {
  try {
    return { result: await publisher.publish(toPublishing(event)) }
  } catch (error) {
    if (error instanceof NowcastError) return { error: error.toWire() }
    throw error
  }
}

function signedBody(request: FastifyRequest, { app, clock }: PublishRoutes): unknown {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const header = (name: string) => String(request.headers[name] ?? '')
  if (header('x-nowcast-key') !== app.key)
    throw new NowcastError('unknown_app', 'There is no app with this key.')
  const signed = { method: request.method, path: request.url, body, timestamp: header('x-nowcast-timestamp') }
  verifyRequest(app.secret, signed, header('x-nowcast-signature'), clock.now())
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new NowcastError('malformed_frame', 'The body must be JSON.', { cause })
  }
}
