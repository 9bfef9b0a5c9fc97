// Reading and storing the text that several people edit, as bytes.
import type { FastifyInstance } from 'fastify'
import type { Queries } from '../database/database.ts'
import { idOf } from '../http/input.ts'
import { notFound, Refusal } from '../http/refusal.ts'
import { actorOf } from '../sessions/session.ts'
import { findThread } from '../threads/queries.ts'
import { MAX_DOCUMENT_BYTES, mergeDocument, readDocument } from './queries.ts'

const BYTES = 'application/octet-stream'

/** Adds the routes, and the content type that they take. */
export function documentRoutes(server: FastifyInstance, queries: Queries): void {
  server.addContentTypeParser(BYTES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  server.get('/api/threads/:id/document', async (request, reply) => {
    const { organization } = actorOf(request)
    const thread = await findThread(queries, organization.id, idOf(request.params) ?? '')
    if (thread === undefined) throw notFound('thread')
    const state = await readDocument(queries, thread.id)
    return reply.type(BYTES).send(Buffer.from(state))
  })

  server.put('/api/threads/:id/document', { bodyLimit: MAX_DOCUMENT_BYTES }, async (request, reply) => {
    const { organization } = actorOf(request)
    if (!(request.body instanceof Uint8Array)) throw new Refusal('unsupported_type', `Send ${BYTES}.`)
    await mergeDocument(queries, organization.id, idOf(request.params) ?? '', request.body)
    return reply.code(204).send()
  })
}
