// What serves the clients of a node, and tells them how it is; built, not started.
import type { ClusterOccupancy } from '../features/occupancy/clusterOccupancy.ts'
import type { WebhooksByApp } from '../features/webhooks/webhooksByApp.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import type { PusherApi } from '../gateways/pusher/api/api.ts'
import type { PusherGateway } from '../gateways/pusher/gateway.ts'
import { assembleChannelWebhooks } from './channelWebhooks.ts'
import { createNativeGateway, type NativeOverHttp, serveOverHttp } from './gateway.ts'
import { assembleOccupancy } from './occupancy.ts'
import type { NodeParts } from './parts.ts'
import { createPusherGateway, type PusherOverHttp, servePusherOverHttp } from './pusher.ts'
import { createPusherApi } from './pusherApi.ts'
import { ServiceWatch } from './serviceWatch.ts'

/** The services of one node. */
export interface NodeServices {
  readonly gateway: NativeGateway
  readonly pusher: PusherGateway
  readonly overHttp: NativeOverHttp
  readonly pusherOverHttp: PusherOverHttp
  readonly pusherApi: PusherApi
  readonly watch: ServiceWatch
  readonly occupancy: ClusterOccupancy
  readonly channelWebhooks: WebhooksByApp
  /** Moves clients elsewhere, within this time. */
  drain(withinMs: number): void
}

/** Builds the services over a node's parts. */
export function buildServices(parts: NodeParts): NodeServices {
  const { clock, store, engine, standing, apps } = parts
  const gateway: NativeGateway = createNativeGateway(parts, () => pusher.connections)
  const channelWebhooks = assembleChannelWebhooks(parts)
  const occupancy = assembleOccupancy(parts)
  occupancy.listen(channelWebhooks)
  const pusher: PusherGateway = createPusherGateway(parts, {
    occupancy,
    channelEvents: channelWebhooks,
    otherConnections: () => gateway.connections,
  })
  apps.onClosed((app, error) => {
    gateway.closeApp(app, error)
    pusher.closeApp(app, error)
  })
  const services = [
    { name: 'database', health: () => store.health() },
    { name: 'engine', health: () => engine.health() },
  ]
  const watch = new ServiceWatch(services, clock, (down) => {
    standing.degraded = down.length > 0
    gateway.degrade(down)
  })
  return {
    gateway,
    pusher,
    overHttp: serveOverHttp(parts, gateway),
    pusherOverHttp: servePusherOverHttp(parts, pusher),
    pusherApi: createPusherApi(parts, { occupancy }),
    watch,
    occupancy,
    channelWebhooks,
    drain(withinMs) {
      standing.draining = true
      gateway.drain(withinMs)
      pusher.drain(withinMs)
    },
  }
}
