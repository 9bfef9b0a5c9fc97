// The HTTP side of a node: its routes, its pages, and the hand-over of upgraded connections to the gateways.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import cors from '@fastify/cors'
import statics from '@fastify/static'
import { limits } from '@nowcast/protocol'
import { type FastifyInstance, fastify } from 'fastify'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Metrics } from '../../foundation/metrics.ts'
import { refuseUpgrade } from '../refuseUpgrade.ts'
import { type DevelopmentApps, developmentTokenRoute } from './developmentTokens.ts'
import { answerErrors } from './errors.ts'
import { type Health, healthRoutes } from './health.ts'
import { type PublishRoutes, publishRoutes } from './publish.ts'
import { countRequests, type LimitedRequests } from './requestLimits.ts'
import { type StreamRoutes, streamRoutes } from './streams.ts'

/** A gateway that takes over connections. */
export interface UpgradeGateway {
  /** Whether connections to this path, without its query, are this gateway's. */
  takes(path: string): boolean
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
}

/** A gateway that answers requests itself, without the way through routes and hooks. */
export interface RequestGateway {
  /** Whether requests to this path, without its query, are this gateway's. */
  takes(path: string): boolean
  handle(request: IncomingMessage, response: ServerResponse): void
}

/** What the HTTP side works with. */
export interface HttpParts {
  readonly publishing: PublishRoutes
  readonly limited: LimitedRequests
  readonly streaming: StreamRoutes
  readonly health: () => Promise<Health>
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: Clock
  readonly upgrades: readonly UpgradeGateway[]
  readonly direct: readonly RequestGateway[]
  /** Add the routes of gateways that speak over HTTP too. */
  readonly routes: readonly ((server: FastifyInstance) => void)[]
  /** Folders of built pages, by the path that they are served at. */
  readonly pages: ReadonlyMap<string, string>
  /** The app that tokens are made for without any proof, by its key; absent in production. */
  readonly developmentApps: DevelopmentApps | undefined
}

const BODY_LIMIT_BYTES = 65_536
const REQUEST_TIMEOUT_MS = 30_000
/** Longer than the proxies in front keep theirs, so that none sends a request into a connection that is being closed. */
const KEEP_ALIVE_MS = 72_000
/** An id in a path, every character of it escaped. */
const MAX_PARAM_LENGTH = limits.idLength * 3
/** What is served on an application's own server. */
const OWN_PATHS =
  /^\/(pusher|v1\/publish|v1\/conversations|dev\/token|health|metrics|nowcast\/(stream|session|poll|frames|end))(\/|$)/

/** Builds the HTTP side; it serves when it is listened on, or attached to another server. */
export async function createHttp(parts: HttpParts): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    serverFactory: (routed) =>
      createServer(
        { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
        (request, response) => {
          const gateway = takerOf(parts.direct, request)
          if (gateway === undefined) routed(request, response)
          else gateway.handle(request, response)
        },
      ),
  })
  answerErrors(server, parts.metrics, parts.log)
  await server.register(cors, { origin: true, maxAge: 600 })
  healthRoutes(server, parts.health, parts.metrics)
  publishRoutes(server, parts.publishing)
  streamRoutes(server, parts.streaming)
  for (const add of parts.routes) add(server)
  const { developmentApps } = parts
  if (developmentApps !== undefined) {
    server.register(async (scope) => {
      countRequests(scope, parts.limited)
      developmentTokenRoute(scope, developmentApps, parts.clock)
    })
  }
  let decorateReply = true
  for (const [prefix, root] of parts.pages) {
    await server.register(statics, { root, prefix, decorateReply, redirect: true })
    decorateReply = false
  }
  const [first] = parts.pages.keys()
  if (first !== undefined) server.get('/', async (_request, reply) => reply.redirect(first))
  handOverUpgrades(server.server, parts.upgrades)
  await server.ready()
  return server
}

/** Hands connections that ask to be upgraded to the gateway of their path, and refuses those that nobody takes. */
function handOverUpgrades(server: Server, gateways: readonly UpgradeGateway[]): void {
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const gateway = takerOf(gateways, request)
    stream.on('error', () => stream.destroy())
    if (gateway !== undefined) gateway.upgrade(request, stream, head)
    else if (server.listenerCount('upgrade') === 1) refuseUpgrade(stream, 404)
  })
}

/** The gateway whose a request is by its path. */
function takerOf<T extends { takes(path: string): boolean }>(
  gateways: readonly T[],
  { url = '' }: IncomingMessage,
): T | undefined {
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  return gateways.find((gateway) => gateway.takes(path))
}

/** Serves Nowcast's paths on another server; everything else goes on to that server's own listeners. */
export function attachHttp(
  http: FastifyInstance,
  target: Server,
  { upgrades, direct }: Pick<HttpParts, 'upgrades' | 'direct'>,
): void {
  const others = target.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[]
  target.removeAllListeners('request')
  target.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [path = ''] = (request.url ?? '').split('?')
    const gateway = takerOf(direct, request)
    if (gateway !== undefined) gateway.handle(request, response)
    else if (others.length === 0 || OWN_PATHS.test(path)) http.routing(request, response)
    else for (const other of others) other.call(target, request, response)
  })
  handOverUpgrades(target, upgrades)
}
