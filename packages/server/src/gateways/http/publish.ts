// Publishing for the application's backend: signed, single and in batches, idempotent by event id.
import { randomUUID } from 'node:crypto'
import {
  holdsText,
  isChannelName,
  isEventName,
  isId,
  type Json,
  limits,
  NowcastError,
  withinDepth,
} from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Publisher } from '../../features/channels/publishing.ts'
import { requireSignatures, type SignedRequests, senderOf, signedBody } from './signedRequests.ts'

/** What publishing over HTTP works with. */
export interface PublishRoutes extends SignedRequests {
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
  metadata: z
    .record(z.string(), json)
    .refine(holdsText, 'must be text of whole characters, none of them U+0000')
    .optional(),
})

const batch = z.object({ events: z.array(publishing).min(1).max(limits.batch) })

/** Adds `POST /v1/publish` and `POST /v1/publish/batch`. */
export function publishRoutes(server: FastifyInstance, routes: PublishRoutes): void {
  server.register(async (scope) => {
    requireSignatures(scope, routes)
    const overheadBytes = 4_096
    const bodyLimit = routes.maxEventBytes + overheadBytes

    scope.post('/v1/publish', { bodyLimit }, async (request) => {
      const { publisher } = senderOf(request).features
      return publisher.publish(toPublishing(publishing.parse(signedBody(request))))
    })
    scope.post('/v1/publish/batch', { bodyLimit: bodyLimit * limits.batch }, async (request) => {
      const { events } = batch.parse(signedBody(request))
      const { publisher } = senderOf(request).features
      const results = await Promise.all(events.map((event) => settle(publisher, event)))
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
