// What serves the clients of a node, tells the other nodes of it and the application what was missed; built, not started.
import type { ClusterOccupancy } from '../features/occupancy/clusterOccupancy.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import type { PusherGateway } from '../gateways/pusher/gateway.ts'
import { assembleApps } from './apps.ts'
import { createNativeGateway, type NativeOverHttp, serveOverHttp } from './gateway.ts'
import { VERSION } from './identity.ts'
import { assembleOccupancy } from './occupancy.ts'
import type { NodeParts } from './parts.ts'
import { createPusherGateway } from './pusher.ts'
import { Registration } from './registration.ts'
import { ServiceWatch } from './serviceWatch.ts'
import { assembleWebhooks, offlinePeople, type Webhooks } from './webhooks.ts'

/** The services of one node. */
export interface NodeServices {
  /** In milliseconds since 1970. */
  readonly startedAt: number
  readonly gateway: NativeGateway
  readonly pusher: PusherGateway
  readonly overHttp: NativeOverHttp
  readonly watch: ServiceWatch
  readonly registration: Registration
  readonly occupancy: ClusterOccupancy
  /** Absent when the application wants none. */
  readonly webhooks: Webhooks | undefined
  /** True once clients are moved elsewhere. */
  draining(): boolean
  /** Moves clients elsewhere, within this time. */
  drain(withinMs: number): void
}

/** Builds the services over a node's parts. */
export function buildServices(parts: NodeParts): NodeServices {
  const { clock, name, store, engine, hub, chat, presences } = parts
  const startedAt = clock.now()
  let isDraining = false
  const draining = () => isDraining
  const gateway = createNativeGateway(parts)
  const services = [
    { name: 'database', health: () => store.health() },
    { name: 'engine', health: () => engine.health() },
  ]
  const watch = new ServiceWatch(services, clock, (down) => gateway.degrade(down))
  const registration = new Registration(engine.registry, clock, () => ({
    name,
    version: VERSION,
    startedAt,
    status: isDraining ? 'draining' : watch.down.length > 0 ? 'degraded' : 'ok',
    connections: hub.counts.connections,
    channels: hub.counts.channels,
  }))
  const apps = assembleApps(parts)
  const occupancy = assembleOccupancy({ ...parts, registration, draining, apps })
  const channelEvents = { clientEvent: () => {}, cacheMissed: () => {} }
  const pusher = createPusherGateway(parts, { apps, occupancy, channelEvents })
  const people = offlinePeople(presences.people)
  const webhooks = assembleWebhooks({ ...parts, people, registration, draining })
  if (webhooks !== undefined) chat.announcements.listen(webhooks.listener)
  return {
    startedAt,
    gateway,
    pusher,
    overHttp: serveOverHttp(parts, gateway),
    watch,
    registration,
    occupancy,
    webhooks,
    draining,
    drain(withinMs) {
      isDraining = true
      gateway.drain(withinMs)
      pusher.drain(withinMs)
    },
  }
}
