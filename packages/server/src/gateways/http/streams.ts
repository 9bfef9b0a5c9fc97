// Messages that the application's backend writes piece by piece: signed requests, safe to repeat.
import {
  errorKinds,
  holdsText,
  isChannelName,
  isId,
  isText,
  type Json,
  limits,
  NowcastError,
  withinDepth,
} from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { requireSignatures, type SignedRequests, senderOf, signedBody } from './signedRequests.ts'

/** What streaming over HTTP works with. */
export interface StreamRoutes extends SignedRequests {
  /** Largest text of one message. */
  readonly maxTextBytes: number
}

/** One character of text takes so many bytes of JSON at most. */
const ESCAPED = 6
const OVERHEAD_BYTES = 8_192
const PATH = '/v1/conversations/:conversation/streams'
const TEXT = 'must be text of whole characters, none of them U+0000'

const id = z.string().refine(isId, 'must be 1 to 128 visible ASCII characters')
const conversation = id.refine(isChannelName, 'must be made of letters, digits and _-=@,.;:/#')
const text = z.string().refine(isText, TEXT)
const metadata = z
  .record(z.string(), z.custom<Json>())
  .refine(
    (value) => withinDepth(value, limits.dataDepth),
    `must be nested at most ${limits.dataDepth} levels deep`,
  )
  .refine(holdsText, TEXT)

const place = z.object({ conversation })
const messagePlace = place.extend({ messageId: id })
const beginning = z.object({
  messageId: id,
  sender: z.string().min(1).max(limits.idLength).refine(isText, TEXT),
  thread: z.number().int().positive().optional(),
  metadata: metadata.optional(),
})
const piece = z.object({ at: z.number().int().min(0), text })
const end = z.object({ text: text.optional() })

/** Adds `POST /v1/conversations/:conversation/streams` and, below it, `/:messageId/append` and `/:messageId/finish`. */
export function streamRoutes(server: FastifyInstance, routes: StreamRoutes): void {
  server.register(async (scope) => {
    requireSignatures(scope, routes)
    const bodyLimit = routes.maxTextBytes * ESCAPED + OVERHEAD_BYTES

    scope.post(PATH, { bodyLimit }, async (request) => {
      const body = signedBody(request)
      const { conversation } = place.parse(request.params)
      const { messageId, sender, thread, metadata } = beginning.parse(body)
      return senderOf(request).chat.streams.begin({
        conversation,
        messageId,
        sender,
        ...(thread === undefined ? {} : { thread }),
        ...(metadata === undefined ? {} : { metadata }),
      })
    })

    scope.post(`${PATH}/:messageId/append`, { bodyLimit }, async (request, reply) => {
      const body = signedBody(request)
      const { conversation, messageId } = messagePlace.parse(request.params)
      const { at, text } = piece.parse(body)
      const { length, lost } = await senderOf(request).chat.streams.append(conversation, messageId, at, text)
      if (!lost) return { length }
      const error = new NowcastError(
        'stream_lost',
        'This does not go on from what is written; send all of it again.',
      )
      return reply.status(errorKinds.stream_lost.status).send({ error: error.toWire(), length })
    })

    scope.post(`${PATH}/:messageId/finish`, { bodyLimit }, async (request) => {
      const body = signedBody(request)
      const { conversation, messageId } = messagePlace.parse(request.params)
      return senderOf(request).chat.streams.finish(conversation, messageId, end.parse(body).text)
    })
  })
}
