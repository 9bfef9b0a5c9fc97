// What serves the clients of a node, and tells them how it is; built, not started.
import type { ClusterOccupancy } from '../features/occupancy/clusterOccupancy.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import { createNativeGateway, type NativeOverHttp, serveOverHttp } from './gateway.ts'
import { assembleOccupancy } from './occupancy.ts'
import type { NodeParts } from './parts.ts'
import { ServiceWatch } from './serviceWatch.ts'

/** The services of one node. */
export interface NodeServices {
  readonly gateway: NativeGateway
  readonly overHttp: NativeOverHttp
  readonly watch: ServiceWatch
  readonly occupancy: ClusterOccupancy
  /** Moves clients elsewhere, within this time. */
  drain(withinMs: number): void
}

/** Builds the services over a node's parts. */
export function buildServices(parts: NodeParts): NodeServices {
  const { clock, store, engine, standing, apps } = parts
  const gateway = createNativeGateway(parts)
  apps.onClosed((app, error) => gateway.closeApp(app, error))
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
    overHttp: serveOverHttp(parts, gateway),
    watch,
    occupancy: assembleOccupancy(parts),
    drain(withinMs) {
      standing.draining = true
      gateway.drain(withinMs)
    },
  }
}
