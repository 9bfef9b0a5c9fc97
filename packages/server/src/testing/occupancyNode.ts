// A node that knows nothing but connections, subscriptions, members and occupancy, for tests over any engine.
import type { Connection, WireFormat } from '../core/connection.ts'
import type { Hub } from '../core/hub.ts'
import { NodeCalls } from '../core/nodeCalls.ts'
import type { Engine } from '../engine/engine.ts'
import { type AppOccupancy, ClusterOccupancy } from '../features/occupancy/clusterOccupancy.ts'
import type { OccupancyListener } from '../features/occupancy/occupancy.ts'
import { Entries } from '../features/presence/entries.ts'
import { ChannelPresence } from '../features/presence/presence.ts'
import { Rosters } from '../features/presence/rosters.ts'
import { type ChannelKey, channelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { Clock } from '../foundation/clock.ts'
import { createLogger } from '../foundation/log.ts'
import { plainHub } from './plainHub.ts'
import { RecordingClient } from './recordingClient.ts'

const log = createLogger('silent')
const APP = '1'

/** What a test says of a node. */
export interface OccupancyNodeOptions {
  readonly name: string
  /** Not started. */
  readonly engine: Engine
  readonly clock: Clock
  /** The nodes that live, as all nodes know them. */
  readonly living: Set<string>
  /** What is told of channels, by whichever node. */
  readonly told: string[]
  readonly settings?: Partial<AppOccupancy>
}

/** A running node. */
export interface OccupancyNode {
  readonly name: string
  readonly hub: Hub
  readonly occupancy: ClusterOccupancy
  readonly presence: ChannelPresence
  /** Connects somebody and subscribes; on presence channels as a member, when there is a user. */
  join(channel: string, user?: string): Promise<JoinedClient>
  stop(): Promise<void>
  /** Ends as a process does that is killed. */
  kill(): Promise<void>
}

/** A connection with one subscription. */
export interface JoinedClient {
  readonly connection: Connection
  readonly key: ChannelKey
  /** The numbers of subscribers that it was told. */
  counts(): number[]
  leave(): void
}

/** Starts a node. */
export async function startOccupancyNode(options: OccupancyNodeOptions): Promise<OccupancyNode> {
  const { name, engine, clock, living, told } = options
  const hub = plainHub(engine, clock)
  const rosters = new Rosters(engine.presence, clock)
  const entries = new Entries(engine.presence, clock)
  const counts = { pushes: 0, bytes: 0 }
  const calls = new NodeCalls(engine, clock, log, name)
  const app = { app: APP, isTold: true, counts: false, lingerMs: 300, ...options.settings }
  const occupancy = new ClusterOccupancy({
    node: name,
    nodes: () => [...living],
    settledNodes: () => [...living],
    hub,
    calls,
    limits: engine.limits,
    rosters,
    entries: new Entries(engine.presence, clock),
    clock,
    log,
    counts,
    restoreMs: 1_000,
    settings: (id) => (id === APP ? app : undefined),
    apps: () => [app],
  })
  if (app.isTold) occupancy.listen(notedIn(told))
  const waits = { batchWindowMs: 10, countIntervalMs: 1_000, lingerMs: 0 }
  const bounds = { maxListed: 100, sample: 5, maxDataBytes: 1_024, maxBytes: 500_000 }
  const presence = new ChannelPresence({
    node: name,
    rosters,
    entries,
    clock,
    counts,
    options: { ...waits, ...bounds },
  })
  hub.listen({ unsubscribed: (connection, key, how) => presence.unsubscribed(connection, key, how) })
  hub.listen(occupancy)
  await engine.start({
    publication(key, publication, epoch) {
      if (key === calls.key) calls.receive(publication)
      else hub.publication(key, publication, epoch)
    },
    moved: (key, position) => hub.moved(key, position),
  })
  await calls.start()
  living.add(name)
  occupancy.start()
  const end = async () => {
    calls.stop()
    presence.stop()
    await Promise.all([occupancy.stop(), entries.stop()])
    hub.stop()
    rosters.stop()
  }
  return {
    name,
    hub,
    occupancy,
    presence,
    async join(channel, user) {
      const joined = connect(clock, hub, channel)
      await hub.subscribe(joined.connection, joined.key, undefined)
      if (user !== undefined) await presence.enterAs(joined.connection, channel, { id: user }, undefined)
      return joined
    },
    async stop() {
      living.delete(name)
      await end()
      await engine.stop()
    },
    async kill() {
      await engine.stop()
      await end()
    },
  }
}

function connect(clock: Clock, hub: Hub, channel: string): JoinedClient {
  const client = new RecordingClient(clock)
  const format: WireFormat = {
    ...client.connection.format,
    subscriptionCount: (_channel, count) => new TextEncoder().encode(`count ${count}\n`),
  }
  const connection: Connection = { ...client.connection, format }
  const key = channelKey(APP, channel)
  hub.connect(connection)
  return {
    connection,
    key,
    counts: () =>
      client.writes.flatMap((text) =>
        text
          .split('\n')
          .filter((line) => line.startsWith('count '))
          .map((line) => Number(line.slice('count '.length))),
      ),
    leave: () => hub.disconnect(connection),
  }
}

const notedIn = (told: string[]): OccupancyListener => ({
  occupied: (key) => void told.push(`occupied ${nameOf(key)}`),
  vacated: (key) => void told.push(`vacated ${nameOf(key)}`),
  memberAdded: (key, user) => void told.push(`added ${nameOf(key)} ${user}`),
  memberRemoved: (key, user) => void told.push(`removed ${nameOf(key)} ${user}`),
  counted: (key, count) => void told.push(`counted ${nameOf(key)} ${count}`),
})

const nameOf = (key: ChannelKey): string => splitChannelKey(key).channel
