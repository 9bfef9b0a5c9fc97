// Lets pages into channels: signatures as Pusher's clients ask for them, and tokens for @nowcast/client.
import { createBackend } from '@nowcast/client/backend'
import type { FastifyInstance } from 'fastify'
import type Pusher from 'pusher'
import { z } from 'zod'
import type { Requests } from '../../shared/api.ts'
import type { Queries } from '../database/database.ts'
import { parse } from '../http/input.ts'
import { Refusal } from '../http/refusal.ts'
import type { Actor } from '../sessions/queries.ts'
import { actorOf } from '../sessions/session.ts'
import type { RealtimeSettings } from '../settings.ts'
import { mayListen } from './access.ts'

const TOKEN_SECONDS = 900
const MAX_FORM_BYTES = 4_096

const subscription: z.ZodType<Requests['POST /api/realtime/auth']> = z.object({
  socket_id: z.string().regex(/^\d{1,20}\.\d{1,20}$/),
  channel_name: z.string().regex(/^[A-Za-z0-9_\-=@,.;]{1,200}$/),
})

/** What the routes work with. */
interface Parts {
  readonly queries: Queries
  readonly pusher: Pick<Pusher, 'authorizeChannel'>
  readonly realtime: RealtimeSettings
}

/** Adds the routes. Forms are taken here alone: elsewhere another site's page could send one. */
export function realtimeRoutes(server: FastifyInstance, { queries, pusher, realtime }: Parts): void {
  const { url, key, secret } = realtime
  const backend = createBackend({ url, key, secret })

  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  )

  server.post('/api/realtime/auth', async (request) => {
    const actor = actorOf(request)
    const { socket_id, channel_name } = parse(subscription, request.body)
    if (!(await mayListen(queries, actor, channel_name))) {
      throw new Refusal('forbidden', 'This channel is not yours to see.')
    }
    return channel_name.startsWith('presence-')
      ? pusher.authorizeChannel(socket_id, channel_name, memberOf(actor))
      : pusher.authorizeChannel(socket_id, channel_name)
  })

  server.get('/api/realtime/token', async (request, reply) => {
    const { user, organization } = actorOf(request)
    const { id, name, avatar } = user
    const claims = { org: organization.id }
    const token = await backend.token({ id, name, avatar, claims, expiresInSeconds: TOKEN_SECONDS })
    return reply.type('text/plain').send(token)
  })
}

/** What others see of a viewer. */
const memberOf = ({ user }: Actor) => ({
  user_id: user.id,
  user_info: { name: user.name, avatar: user.avatar },
})
