// The gateway for Pusher's clients over a node's parts.
import type { FastifyInstance } from 'fastify'
import { Flusher } from '../core/outbox.ts'
import type { Occupancy } from '../features/occupancy/occupancy.ts'
import type { ChannelEventListener } from '../features/webhooks/channelEvents.ts'
import { encryptionFinder } from '../gateways/encryption.ts'
import { PusherGateway } from '../gateways/pusher/gateway.ts'
import { PusherHttpSessions } from '../gateways/pusher/http/httpSessions.ts'
import { pusherHttpRoutes } from '../gateways/pusher/http/routes.ts'
import { SessionCalls } from '../gateways/pusher/http/sessionCalls.ts'
import { Whereabouts } from '../gateways/pusher/http/whereabouts.ts'
import type { NodeParts } from './parts.ts'

/** What the gateway works with besides a node's parts. */
export interface PusherParts {
  readonly occupancy: Pick<Occupancy, 'watchCount'>
  readonly channelEvents: ChannelEventListener
  /** Connections of this node that speak other protocols. */
  readonly otherConnections: () => number
}

/** A gateway that takes connections once it is started. */
export function createPusherGateway(
  { config, clock, log, metrics, hub, presences, natureOf, limits, apps }: NodeParts,
  { occupancy, channelEvents, otherConnections }: PusherParts,
): PusherGateway {
  const { connections } = config
  return new PusherGateway(
    {
      apps,
      hub,
      presence: presences.presence,
      occupancy,
      channelEvents,
      historyOf: (key) => natureOf(key).history,
      flusher: new Flusher(clock, connections.batchWindow),
      clock,
      log,
      metrics,
      maxFrameBytes: connections.maxFrameBytes,
      maxOutboxBytes: connections.maxOutboxBytes,
      maxListed: config.presence.maxListed,
      maxPendingCommands: connections.maxPendingCommands,
    },
    {
      maxConnections: connections.max,
      otherConnections,
      // Those that all apps share count the connections of all protocols and apps together.
      limitsOf(app) {
        const own = app === undefined ? undefined : apps.byId(app.id)
        return own?.hasOwnLimits === true ? own.features.connectionLimits : limits.connections
      },
      addressOf: limits.addressOf,
      isEncrypted: encryptionFinder(config.trustProxy),
    },
  )
}

/** Pusher's protocol over HTTP, for clients that can have no WebSocket. */
export interface PusherOverHttp {
  routes(server: FastifyInstance): void
  stop(): Promise<void>
}

/** Serves the sessions of a gateway over HTTP too, those of other nodes included. */
export function servePusherOverHttp(
  { config, clock, log, name: node, calls, engine, limits, standing }: NodeParts,
  gateway: PusherGateway,
): PusherOverHttp {
  const { maxFrameBytes } = config.connections
  const whereabouts = new Whereabouts({ caches: engine.caches, clock, log, node })
  const sessions = new PusherHttpSessions({ gateway, whereabouts, clock, maxFrameBytes })
  const sessionCalls = new SessionCalls({ calls, sessions, whereabouts, node })
  sessionCalls.serve()
  return {
    routes: (server) =>
      pusherHttpRoutes(server, {
        sessions,
        calls: sessionCalls,
        clock,
        addressOf: limits.addressOf,
        isEncrypted: encryptionFinder(config.trustProxy),
        maxFrameBytes,
        isDraining: () => standing.draining,
      }),
    stop: () => sessions.stop(),
  }
}
