// Reading, making, changing and deleting threads.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Answers, Requests } from '../../shared/api.ts'
import { actingSocket, type Broadcasts } from '../broadcasts/broadcasts.ts'
import { listComments } from '../comments/queries.ts'
import type { Queries } from '../database/database.ts'
import { filledText, id, idOf, parse, text } from '../http/input.ts'
import { notFound } from '../http/refusal.ts'
import { listItems } from '../items/queries.ts'
import { actorOf } from '../sessions/session.ts'
import { changeThread, createThread, deleteThread, findThread, listThreads } from './queries.ts'

const MAX_TITLE = 200
const MAX_DESCRIPTION = 10_000

const title = filledText(MAX_TITLE)
const description = text(MAX_DESCRIPTION)
const draft: z.ZodType<Requests['POST /api/threads']> = z.object({ id, title, description })
const change: z.ZodType<Requests['PATCH /api/threads/:id']> = z.object({
  version: z.number().int().positive(),
  title: title.exactOptional(),
  description: description.exactOptional(),
  status: z.enum(['open', 'in-progress', 'resolved', 'archived']).exactOptional(),
})

/** Adds the routes. */
export function threadRoutes(server: FastifyInstance, queries: Queries, broadcasts: Broadcasts): void {
  server.get(
    '/api/threads',
    (request): Promise<Answers['GET /api/threads']> => listThreads(queries, actorOf(request).organization.id),
  )

  server.get('/api/threads/:id', async (request): Promise<Answers['GET /api/threads/:id']> => {
    const { organization } = actorOf(request)
    const thread = await findThread(queries, organization.id, idOf(request.params) ?? '')
    if (thread === undefined) throw notFound('thread')
    const [comments, items] = await Promise.all([
      listComments(queries, thread.id),
      listItems(queries, thread.id),
    ])
    return { thread, comments, items }
  })

  server.post('/api/threads', async (request, reply) => {
    const actor = actorOf(request)
    const { thread, activities, created } = await createThread(queries, actor, parse(draft, request.body))
    if (created) broadcasts.threadCreated(actor, thread, activities, actingSocket(request))
    return reply.code(created ? 201 : 200).send(thread)
  })

  server.patch('/api/threads/:id', async (request) => {
    const actor = actorOf(request)
    const { version, ...wanted } = parse(change, request.body)
    const changed = await changeThread(queries, actor, idOf(request.params) ?? '', version, wanted)
    const { thread, former, activities } = changed
    const socket = actingSocket(request)
    if (thread.title !== former.title || thread.description !== former.description) {
      broadcasts.threadUpdated(actor, thread, socket)
    }
    if (thread.status !== former.status) broadcasts.statusChanged(actor, thread, socket)
    for (const activity of activities) broadcasts.activity(actor, activity)
    return thread
  })

  server.delete('/api/threads/:id', async (request, reply) => {
    const actor = actorOf(request)
    const thread = idOf(request.params) ?? ''
    const activity = await deleteThread(queries, actor, thread)
    broadcasts.threadDeleted(actor, thread, activity, actingSocket(request))
    return reply.code(204).send()
  })
}
