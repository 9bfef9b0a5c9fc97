// Reading further back, writing, editing and deleting comments.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Answers, Requests } from '../../shared/api.ts'
import { actingSocket, type Broadcasts } from '../broadcasts/broadcasts.ts'
import type { Queries } from '../database/database.ts'
import { filledText, id, idOf, parse } from '../http/input.ts'
import { notFound } from '../http/refusal.ts'
import { actorOf } from '../sessions/session.ts'
import { findThread } from '../threads/queries.ts'
import { createComment, deleteComment, editComment, listComments } from './queries.ts'

const MAX_BODY = 4_000

const body = filledText(MAX_BODY)
const draft: z.ZodType<Requests['POST /api/threads/:id/comments']> = z.object({ id, body })
const edit: z.ZodType<Requests['PATCH /api/comments/:id']> = z.object({ body })
const page = z.object({ before: id.optional() })

/** Adds the routes. */
export function commentRoutes(server: FastifyInstance, queries: Queries, broadcasts: Broadcasts): void {
  server.get(
    '/api/threads/:id/comments',
    async (request): Promise<Answers['GET /api/threads/:id/comments']> => {
      const { organization } = actorOf(request)
      const thread = await findThread(queries, organization.id, idOf(request.params) ?? '')
      if (thread === undefined) throw notFound('thread')
      return listComments(queries, thread.id, parse(page, request.query).before)
    },
  )

  server.post('/api/threads/:id/comments', async (request, reply) => {
    const actor = actorOf(request)
    const thread = idOf(request.params) ?? ''
    const { comment, activity } = await createComment(queries, actor, thread, parse(draft, request.body))
    if (activity !== undefined) {
      broadcasts.commentCreated(comment, actingSocket(request))
      broadcasts.activity(actor, activity)
    }
    return reply.code(activity === undefined ? 200 : 201).send(comment)
  })

  server.patch('/api/comments/:id', async (request) => {
    const actor = actorOf(request)
    const { body: text } = parse(edit, request.body)
    const comment = await editComment(queries, actor, idOf(request.params) ?? '', text)
    broadcasts.commentUpdated(comment, actingSocket(request))
    return comment
  })

  server.delete('/api/comments/:id', async (request, reply) => {
    const comment = await deleteComment(queries, actorOf(request), idOf(request.params) ?? '')
    broadcasts.commentDeleted(comment, actingSocket(request))
    return reply.code(204).send()
  })
}
