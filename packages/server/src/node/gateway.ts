// The native gateway over a node's parts.
import type { FastifyInstance } from 'fastify'
import { Flusher } from '../core/outbox.ts'
import { TokenVerifier } from '../foundation/auth/tokens.ts'
import { NativeGateway } from '../gateways/native/gateway.ts'
import { HttpSessions } from '../gateways/native/http/httpSessions.ts'
import { nativeHttpRoutes, serveHandedOn } from '../gateways/native/http/routes.ts'
import { SessionIds } from '../gateways/native/http/sessionIds.ts'
import type { NodeParts } from './parts.ts'

/** A gateway that takes connections once it is started. */
export function createNativeGateway(parts: NodeParts): NativeGateway {
  const { config, clock, log, metrics, name, hub, access, natureOf, publisher, chat, presences, limits } =
    parts
  const { app, connections, tokens } = config
  const keys = [{ key: app.key, secret: app.secret }, ...app.keys]
  return new NativeGateway(
    {
      app,
      node: name,
      features: {
        hub,
        keys: () => keys,
        access,
        historyOf: (key) => natureOf(key).history,
        publisher,
        conversations: chat.conversations,
        membership: chat.membership,
        messages: chat.messages,
        messageReader: chat.messageReader,
        receipts: chat.receipts,
        inbox: chat.inbox,
        presence: presences.presence,
        typing: presences.typing,
        people: presences.people,
        // The other half is for what happens while the answer is on its way.
        maxAnswerBytes: connections.maxOutboxBytes / 2,
      },
      commandLimits: limits.commands,
      tokens: new TokenVerifier({ secret: app.secret, ...tokens }),
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
      connectionLimits: limits.connections,
      addressOf: limits.addressOf,
      compressFromBytes: connections.compressFromBytes,
    },
  )
}

/** The native protocol over HTTP, for clients that can have no WebSocket. */
export interface NativeOverHttp {
  routes(server: FastifyInstance): void
  stop(): void
}

/** Serves the sessions of a gateway over HTTP too, those of other nodes included. */
export function serveOverHttp(parts: NodeParts, gateway: NativeGateway): NativeOverHttp {
  const { config, clock, name, calls, limits } = parts
  const { heartbeat: heartbeatMs, maxFrameBytes } = config.connections
  const ids = new SessionIds(name, config.app.secret)
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
