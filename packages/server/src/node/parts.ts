// What a node is made of, built but not started.
import type { ChannelNature } from '../core/channelFeed.ts'
import { Hub, hubDefaults } from '../core/hub.ts'
import { NodeCalls } from '../core/nodeCalls.ts'
import type { ChannelKey } from '../foundation/channelKey.ts'
import { systemClock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import { Metrics } from '../foundation/metrics.ts'
import type { AppStore } from '../store/appStore.ts'
import type { AppParts } from './appParts.ts'
import { appAnnouncements, createApps, natureOf, type RunningApps } from './apps.ts'
import { assembleSharedChat } from './chat.ts'
import { createStore } from './database.ts'
import { createEngine } from './engine.ts'
import { nodeName, VERSION } from './identity.ts'
import { assembleLimits } from './limits.ts'
import { assemblePresences } from './people.ts'
import { Registration } from './registration.ts'
import { Standing } from './standing.ts'

/** The parts of one node. */
export interface NodeParts extends AppParts {
  /** Those of the database. */
  readonly appStore: Pick<AppStore, 'list'>
  /** None until they are loaded. */
  readonly apps: RunningApps
  readonly calls: NodeCalls
  natureOf(key: ChannelKey): ChannelNature
}

/**
 * Builds a node's parts.
 * @param databaseUrl the address of its PostgreSQL
 * @throws StartupError when the address of Redis is none
 */
export function buildParts(config: Config, databaseUrl: string, log: Logger): NodeParts {
  const clock = systemClock
  const name = nodeName()
  const metrics = new Metrics()
  const engine = createEngine(config, name, clock, log)
  const store = createStore(config, databaseUrl, log)
  const apps = createApps({ clock, log }, () => parts)
  const nature = (key: ChannelKey) => natureOf(apps, key, engine)
  const bounds = { ...hubDefaults, maxSubscriptions: config.connections.maxSubscriptions }
  const hub = new Hub(engine, clock, nature, bounds, (channel, error) => {
    log.error({ channel, error }, 'what a channel missed could not be read; trying again')
  })
  const peopleOf = (app: string) => apps.lingering(app)?.features.people
  const allPeople = () => [...apps.all()].map(({ features }) => features.people)
  const presences = assemblePresences({ config, name, store, engine, clock, log, peopleOf, allPeople })
  hub.listen(presences)
  const { typing } = presences
  const chat = assembleSharedChat({ config, store, engine, hub, typing, clock, log })
  chat.announcements.listen(appAnnouncements(apps))
  const standing = new Standing(clock)
  const registration = new Registration(engine.registry, clock, () => ({
    name,
    version: VERSION,
    startedAt: standing.startedAt,
    status: standing.status,
    connections: hub.counts.connections,
    channels: hub.counts.channels,
  }))
  const limits = assembleLimits(config, engine, clock, metrics)
  const shared = { config, log, clock, metrics, name, store, engine, hub, presences, limits, chat }
  const calls = new NodeCalls(engine, clock, log, name)
  const appStore = store.apps
  const parts: NodeParts = {
    ...shared,
    standing,
    registration,
    appStore,
    apps,
    calls,
    natureOf: nature,
  }
  return parts
}
