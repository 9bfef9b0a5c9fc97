// What a node is made of, built but not started.
import type { ChannelNature } from '../core/channelFeed.ts'
import { Hub, hubDefaults } from '../core/hub.ts'
import { NodeCalls } from '../core/nodeCalls.ts'
import type { Engine } from '../engine/engine.ts'
import { Access } from '../features/channels/access.ts'
import { LastEvents } from '../features/channels/lastEvents.ts'
import { ChannelPolicies } from '../features/channels/policies.ts'
import { Publisher } from '../features/channels/publishing.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import { type Clock, systemClock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import { Metrics } from '../foundation/metrics.ts'
import type { Store } from '../store/store.ts'
import { assembleChat, type Chat } from './chat.ts'
import { createStore } from './database.ts'
import { createEngine } from './engine.ts'
import { nodeName } from './identity.ts'
import { assembleLimits, type NodeLimits } from './limits.ts'
import { assemblePresences, type Presences } from './people.ts'

/** The parts of one node. */
export interface NodeParts {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: Metrics
  /** The node's own name. */
  readonly name: string
  readonly store: Store
  readonly engine: Engine
  readonly hub: Hub
  readonly calls: NodeCalls
  readonly chat: Chat
  readonly presences: Presences
  readonly access: Access
  readonly publisher: Publisher
  readonly lastEvents: LastEvents
  readonly limits: NodeLimits
  natureOf(key: ChannelKey): ChannelNature
}

/** Publications of an ordinary channel kept in this node's memory for those who come back. */
const MAX_CHANNEL_TAIL = 100

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
  const policies = new ChannelPolicies(config.channels, log, clock)
  const natureOf = (key: ChannelKey) => chat.natureOf(key) ?? ordinaryNature(key, policies, engine)
  const bounds = { ...hubDefaults, maxSubscriptions: config.connections.maxSubscriptions }
  const hub = new Hub(engine, clock, natureOf, bounds, (channel, error) => {
    log.error({ channel, error }, 'what a channel missed could not be read; trying again')
  })
  const presences = assemblePresences({ config, name, store, engine, clock, log })
  hub.listen(presences)
  const { typing, people } = presences
  const { cacheTtl: ttlMs } = config.app.pusher ?? config.pusher
  const lastEvents = new LastEvents({ engine, clock, log, ttlMs })
  const chat: Chat = assembleChat({ config, store, engine, hub, typing, people, clock, log })
  return {
    config,
    log,
    clock,
    metrics,
    name,
    store,
    engine,
    hub,
    calls: new NodeCalls(engine, clock, log, name),
    chat,
    presences,
    access: new Access(policies, chat.conversations),
    publisher: new Publisher(config.app.id, engine, policies, config.maxEventBytes, lastEvents),
    lastEvents,
    limits: assembleLimits(config, engine, clock, metrics),
    natureOf,
  }
}

function ordinaryNature(key: ChannelKey, policies: ChannelPolicies, engine: Engine): ChannelNature {
  const { history, latestOnly, urgent } = policies.settings(splitChannelKey(key).channel)
  const tail = Math.min(history.size, MAX_CHANNEL_TAIL)
  return { history: engine, relayed: false, tail, latestOnly, urgent }
}
