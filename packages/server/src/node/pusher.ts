// The gateway for Pusher's clients over a node's parts.
import { Flusher } from '../core/outbox.ts'
import type { Occupancy } from '../features/occupancy/occupancy.ts'
import type { ChannelEventListener } from '../features/webhooks/channelEvents.ts'
import { PusherGateway } from '../gateways/pusher/gateway.ts'
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
    },
  )
}
