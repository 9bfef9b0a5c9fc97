// The native gateway over a node's parts.
import type { FastifyInstance } from 'fastify'
import { Flusher } from '../core/outbox.ts'
import { NativeGateway } from '../gateways/native/gateway.ts'
import { HttpSessions } from '../gateways/native/http/httpSessions.ts'
import { nativeHttpRoutes, serveHandedOn } from '../gateways/native/http/routes.ts'
import { SessionIds } from '../gateways/native/http/sessionIds.ts'
import type { SessionApp } from '../gateways/native/sessionContext.ts'
import type { NodeParts } from './parts.ts'
import type { RunningApp } from './runningApp.ts'

/** A gateway that takes connections once it is started. @param otherConnections those that speak other protocols */
export function createNativeGateway(parts: NodeParts, otherConnections: () => number): NativeGateway {
  const { config, clock, log, metrics, name, hub, apps, limits } = parts
  const { app, connections, tokens } = config
  const known = new WeakMap<RunningApp, SessionApp>()
  return new NativeGateway(
    {
      appOf(key) {
        const found = key === undefined ? apps.byId(app.id) : apps.byKey(key)?.app
        if (found === undefined) return undefined
        const served = known.get(found) ?? sessionApp(parts, found)
        known.set(found, served)
        return served
      },
      node: name,
      hub,
      anonymous: tokens.anonymous,
      flusher: new Flusher(clock, connections.batchWindow),
      clock,
      log,
      metrics,
      heartbeatMs: connections.heartbeat,
      connectTimeoutMs: connections.connectTimeout,
      maxFrameBytes: connections.maxFrameBytes,
      maxOutboxBytes: connections.maxOutboxBytes,
      maxPendingCommands: connections.maxPendingCommands,
    },
    {
      maxConnections: connections.max,
      otherConnections,
      connectionLimits: limits.connections,
      addressOf: limits.addressOf,
      compressFromBytes: connections.compressFromBytes,
    },
  )
}

/** An app as its sessions see it. */
function sessionApp({ config, hub, natureOf, presences }: NodeParts, app: RunningApp): SessionApp {
  const { access, publisher, people, commandLimits, connectionLimits } = app.features
  const { conversations, membership, messages, messageReader, receipts, inbox } = app.chat
  return {
    id: app.id,
    get enabled() {
      return app.enabled
    },
    features: {
      hub,
      keys: () => app.keys,
      clientEvents: () => app.pusher.clientEvents,
      access,
      historyOf: (key) => natureOf(key).history,
      publisher,
      conversations,
      membership,
      messages,
      messageReader,
      receipts,
      inbox,
      presence: presences.presence,
      typing: presences.typing,
      people,
      // The other half is for what happens while the answer is on its way.
      maxAnswerBytes: config.connections.maxOutboxBytes / 2,
    },
    commandLimits,
    tokens: app.tokens,
    // The shared ones have counted the link already.
    get connectionLimits() {
      return app.hasOwnLimits ? connectionLimits : undefined
    },
  }
}

/** The native protocol over HTTP, for clients that can have no WebSocket. */
export interface NativeOverHttp {
  routes(server: FastifyInstance): void
  stop(): void
}

/** Serves the sessions of a gateway over HTTP too, those of other nodes included. */
export function serveOverHttp(parts: NodeParts, gateway: NativeGateway): NativeOverHttp {
  const { config, clock, name, calls, limits, apps } = parts
  const { heartbeat: heartbeatMs, maxFrameBytes } = config.connections
  // What all nodes of the cluster know, whichever app a session is of.
  const secrets = () => apps.byId(config.app.id)?.keys.map(({ secret }) => secret) ?? [config.app.secret]
  const ids = new SessionIds(name, secrets)
  const sessions = new HttpSessions({ gateway, ids, clock, heartbeatMs, limits: limits.connections })
  serveHandedOn({ calls, sessions })
  return {
    routes: (server) =>
      nativeHttpRoutes(server, {
        sessions,
        ids,
        calls,
        clock,
        addressOf: limits.addressOf,
        heartbeatMs,
        maxFrameBytes,
      }),
    stop: () => sessions.stop(),
  }
}
