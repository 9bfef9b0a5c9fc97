// Reading the activity feed.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Answers } from '../../shared/api.ts'
import type { Queries } from '../database/database.ts'
import { parse } from '../http/input.ts'
import { actorOf } from '../sessions/session.ts'
import { listActivity } from './queries.ts'

const MAX_SEQUENCE = 2_147_483_647

const page = z.object({ after: z.coerce.number().int().min(0).max(MAX_SEQUENCE).default(0) })

/** Adds the route. */
export function activityRoutes(server: FastifyInstance, queries: Queries): void {
  server.get('/api/activity', (request): Promise<Answers['GET /api/activity']> => {
    const { organization } = actorOf(request)
    return listActivity(queries, organization.id, parse(page, request.query).after)
  })
}
