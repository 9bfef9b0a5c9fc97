// Which figures of the node are metrics.
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { Metrics } from '../foundation/metrics.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import type { Chat } from './chat.ts'
import type { Registration } from './registration.ts'
import type { ServiceWatch } from './serviceWatch.ts'
import type { Webhooks } from './webhooks.ts'

/** What the figures are read from. */
export interface ObservedParts {
  readonly hub: Hub
  readonly chat: Chat
  readonly engine: Engine
  readonly gateway: Pick<NativeGateway, 'connectionsByTransport'>
  readonly watch: ServiceWatch
  readonly registration: Registration
  readonly webhooks: Webhooks | undefined
}

/** Adds the node's figures to its metrics. */
export function observeNode(
  metrics: Metrics,
  { hub, chat, engine, gateway, watch, registration, webhooks }: ObservedParts,
): void {
  metrics.observe('services_down', 'Services of this node that are down now.', () => watch.down.length)
  metrics.observe('nodes', 'Nodes that live, as far as this one knows.', () => registration.nodes.length)
  metrics.observe('cache_hits_total', 'Values found in caches.', () => engine.caches.hits)
  metrics.observe('cache_misses_total', 'Values not found in caches.', () => engine.caches.misses)
  metrics.observeBy(
    'connections',
    'Connections of this node, by what carries them.',
    'transport',
    () => gateway.connectionsByTransport,
  )
  metrics.observe('live_channels', 'Channels with subscribers on this node.', () => hub.counts.channels)
  metrics.observe('subscriptions', 'Subscriptions of this node.', () => hub.counts.subscriptions)
  metrics.observe('deliveries_total', 'Events put into outboxes.', () => hub.counts.deliveries)
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
  if (webhooks !== undefined) observeWebhooks(metrics, webhooks)
}

function observeWebhooks(metrics: Metrics, webhooks: Webhooks): void {
  const observe = (name: keyof Webhooks['counts'], what: string, help: string) =>
    metrics.observe(`webhook_${what}`, help, () => webhooks.counts[name])
  observe('sent', 'messages_sent_total', 'Messages that the application was told of.')
  observe('failed', 'requests_failed_total', 'Requests to the application that failed.')
  observe('dropped', 'messages_dropped_total', 'Messages that the application could not be told of.')
  observe('waiting', 'messages_waiting', 'Messages that the application is to be told of.')
}
