// The backend, put together: settings in, a server out that listens when it is told to.
import cookie from '@fastify/cookie'
import { type FastifyInstance, fastify } from 'fastify'
import Pusher from 'pusher'
import { activityRoutes } from './activity/routes.ts'
import { Broadcaster } from './broadcasts/broadcaster.ts'
import { Broadcasts } from './broadcasts/broadcasts.ts'
import { commentRoutes } from './comments/routes.ts'
import { openDatabase } from './database/database.ts'
import { documentRoutes } from './documents/routes.ts'
import { servePages } from './http/pages.ts'
import { answerRefusals } from './http/refusal.ts'
import { refuseOtherSites } from './http/sameSite.ts'
import { itemRoutes } from './items/routes.ts'
import { realtimeRoutes } from './realtime/routes.ts'
import { cookieSecret } from './sessions/queries.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { readSessions } from './sessions/session.ts'
import type { RealtimeSettings, Settings } from './settings.ts'
import { threadRoutes } from './threads/routes.ts'

const MAX_BODY_BYTES = 131_072
const TRIGGER_TIMEOUT_MS = 5_000

/** Builds the backend. @param pages folder of the built pages; they are served when they are there */
export async function createApplication(settings: Settings, pages: string): Promise<FastifyInstance> {
  const queries = await openDatabase(settings.databaseUrl)
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    logger: { level: 'warn', stream: process.stderr },
  })
  const { realtime } = settings
  const pusher = createPusher(realtime)
  const broadcaster = new Broadcaster(pusher, server.log)
  const broadcasts = new Broadcasts(broadcaster)
  server.addHook('onClose', async () => {
    await broadcaster.stop()
    await queries.destroy()
  })
  answerRefusals(server)
  takeJson(server)
  refuseOtherSites(server)
  await server.register(cookie, { secret: settings.cookieSecret ?? (await cookieSecret(queries)) })
  server.register(async (scope) => {
    readSessions(scope, queries)
    sessionRoutes(scope, queries, realtime)
    threadRoutes(scope, queries, broadcasts)
    commentRoutes(scope, queries, broadcasts)
    itemRoutes(scope, queries, broadcasts)
    activityRoutes(scope, queries)
    // Each in a scope of its own: content types that nobody else takes.
    scope.register(async (inner) => documentRoutes(inner, queries))
    scope.register(async (inner) => realtimeRoutes(inner, { queries, pusher, realtime }))
  })
  await servePages(server, pages)
  await server.ready()
  return server
}

function createPusher({ url, appId, key, secret }: RealtimeSettings): Pusher {
  const { protocol, hostname, port } = new URL(url)
  const useTLS = protocol === 'https:'
  return new Pusher({
    appId,
    key,
    secret,
    host: hostname,
    port: port === '' ? (useTLS ? '443' : '80') : port,
    useTLS,
    timeout: TRIGGER_TIMEOUT_MS,
  })
}

/** JSON is the one content type that is taken everywhere; an empty body is none. */
function takeJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body.toString(), done)
  })
}
