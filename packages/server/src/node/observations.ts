// Which figures of the node are metrics.
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { Metrics } from '../foundation/metrics.ts'
import type { Chat } from './chat.ts'
import type { Registration } from './registration.ts'
import type { ServiceWatch } from './serviceWatch.ts'

/** What the figures are read from. */
export interface ObservedParts {
  readonly hub: Hub
  readonly chat: Chat
  readonly engine: Engine
  readonly watch: ServiceWatch
  readonly registration: Registration
}

/** Adds the node's figures to its metrics. */
export function observeNode(
  metrics: Metrics,
  { hub, chat, engine, watch, registration }: ObservedParts,
): void {
  metrics.observe('services_down', 'Services of this node that are down now.', () => watch.down.length)
  metrics.observe('nodes', 'Nodes that live, as far as this one knows.', () => registration.nodes.length)
  metrics.observe('cache_hits_total', 'Values found in caches.', () => engine.caches.hits)
  metrics.observe('cache_misses_total', 'Values not found in caches.', () => engine.caches.misses)
  metrics.observe('connections', 'Connections of this node.', () => hub.counts.connections)
  metrics.observe('live_channels', 'Channels with subscribers on this node.', () => hub.counts.channels)
  metrics.observe('subscriptions', 'Subscriptions of this node.', () => hub.counts.subscriptions)
  metrics.observe('deliveries_total', 'Events put into outboxes.', () => hub.counts.deliveries)
  metrics.observe(
    'message_cache_hits_total',
    'Pages of messages that were answered from the cache.',
    () => chat.messageCache.counts.hits,
  )
  metrics.observe(
    'message_cache_misses_total',
    'Pages of messages that were not in the cache.',
    () => chat.messageCache.counts.misses,
  )
  metrics.observe('open_streams', 'Streamed messages whose pieces this node takes.', () => chat.streams.open)
  metrics.observe(
    'messages_stored_total',
    'Messages handed to the database.',
    () => chat.writer.counts.messages,
  )
  metrics.observe(
    'message_batches_total',
    'Transactions that stored messages.',
    () => chat.writer.counts.batches,
  )
  metrics.observe(
    'messages_waiting',
    'Messages that wait for a transaction.',
    () => chat.writer.counts.waiting,
  )
}
