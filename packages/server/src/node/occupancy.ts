// Puts occupancy together over the apps of a node.
import type { App, Apps } from '../features/apps/app.ts'
import { type AppOccupancy, ClusterOccupancy } from '../features/occupancy/clusterOccupancy.ts'
import { Entries } from '../features/presence/entries.ts'
import type { NodeParts } from './parts.ts'
import { type SettledNodesParts, settledNodes } from './settledNodes.ts'

/** What occupancy is built from. */
export type OccupancyParts = NodeParts & SettledNodesParts & { readonly apps: Pick<Apps, 'byId' | 'all'> }

/** Builds occupancy, which its hub tells who subscribes; must be called before the engine starts. */
export function assembleOccupancy(parts: OccupancyParts): ClusterOccupancy {
  const { config, name, hub, calls, engine, presences, clock, log, registration, apps } = parts
  const occupancy = new ClusterOccupancy({
    node: name,
    nodes: () => registration.nodes.map((node) => node.name),
    settledNodes: () => settledNodes(parts),
    hub,
    calls,
    limits: engine.limits,
    rosters: presences.rosters,
    entries: new Entries(engine.presence, clock),
    clock,
    log,
    counts: presences.pushCounts,
    restoreMs: config.presence.lease,
    settings(id) {
      const app = apps.byId(id)
      return app && settingsOf(app)
    },
    apps: () => Array.from(apps.all(), settingsOf),
  })
  hub.listen({
    subscribed: (connection, key) => occupancy.subscribed(connection, key),
    unsubscribed: (connection, key) => occupancy.unsubscribed(connection, key),
  })
  return occupancy
}

const settingsOf = ({ id, pusher }: App): AppOccupancy => ({
  app: id,
  isTold: pusher.webhooks.length > 0,
  counts: pusher.subscriptionCounts,
  lingerMs: pusher.linger,
})
