// Adding and removing what a thread is connected with.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Requests } from '../../shared/api.ts'
import { actingSocket, type Broadcasts } from '../broadcasts/broadcasts.ts'
import type { Queries } from '../database/database.ts'
import { filledText, id, idOf, parse } from '../http/input.ts'
import { actorOf } from '../sessions/session.ts'
import { addItem, removeItem } from './queries.ts'

const MAX_TITLE = 200
const MAX_URL = 2_000

/** Only addresses that a page may safely link to; a task needs none. */
const url = z.union(
  [z.literal(''), z.url({ protocol: /^https?$/ }).max(MAX_URL)],
  'an address with http or https',
)
const draft: z.ZodType<Requests['POST /api/threads/:id/items']> = z.object({
  id,
  kind: z.enum(['link', 'task', 'file']),
  title: filledText(MAX_TITLE),
  url,
})

/** Adds the routes. */
export function itemRoutes(server: FastifyInstance, queries: Queries, broadcasts: Broadcasts): void {
  server.post('/api/threads/:id/items', async (request, reply) => {
    const actor = actorOf(request)
    const thread = idOf(request.params) ?? ''
    const { item, activity } = await addItem(queries, actor, thread, parse(draft, request.body))
    if (activity !== undefined) {
      broadcasts.itemAdded(item, actingSocket(request))
      broadcasts.activity(actor, activity)
    }
    return reply.code(activity === undefined ? 200 : 201).send(item)
  })

  server.delete('/api/items/:id', async (request, reply) => {
    const item = await removeItem(queries, actorOf(request), idOf(request.params) ?? '')
    broadcasts.itemRemoved(item, actingSocket(request))
    return reply.code(204).send()
  })
}
