// Which figures of the node are metrics.
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { WebhooksByApp } from '../features/webhooks/webhooksByApp.ts'
import type { Metrics } from '../foundation/metrics.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import type { PusherGateway } from '../gateways/pusher/gateway.ts'
import { type RunningApps, sumOver, webhookCounts } from './apps.ts'
import type { SharedChat } from './chat.ts'
import { connectionsByTransport } from './health.ts'
import type { Presences } from './people.ts'
import type { Registration } from './registration.ts'
import type { ServiceWatch } from './serviceWatch.ts'
import type { WebhookCounts } from './webhooks.ts'

/** What the figures are read from. */
export interface ObservedParts {
  readonly hub: Hub
  readonly apps: RunningApps
  readonly chat: SharedChat
  readonly presences: Presences
  readonly engine: Engine
  readonly gateway: Pick<NativeGateway, 'connectionsByTransport'>
  readonly pusher: Pick<PusherGateway, 'connectionsByTransport'>
  readonly watch: ServiceWatch
  readonly registration: Registration
  readonly channelWebhooks: Pick<WebhooksByApp, 'counts'>
}

/** Adds the node's figures to its metrics. */
export function observeNode(
  metrics: Metrics,
  {
    hub,
    apps,
    chat,
    presences,
    engine,
    gateway,
    pusher,
    watch,
    registration,
    channelWebhooks,
  }: ObservedParts,
): void {
  metrics.observe('services_down', 'Services of this node that are down now.', () => watch.down.length)
  metrics.observe('nodes', 'Nodes that live, as far as this one knows.', () => registration.nodes.length)
  metrics.observe('cache_hits_total', 'Values found in caches.', () => engine.caches.hits)
  metrics.observe('cache_misses_total', 'Values not found in caches.', () => engine.caches.misses)
  metrics.observeBy('connections', 'Connections of this node, by what carries them.', 'transport', () =>
    connectionsByTransport({ gateway, pusher }),
  )
  metrics.observe('live_channels', 'Channels with subscribers on this node.', () => hub.counts.channels)
  metrics.observe('subscriptions', 'Subscriptions of this node.', () => hub.counts.subscriptions)
  metrics.observe('deliveries_total', 'Events put into outboxes.', () => hub.counts.deliveries)
  const people = presences
  metrics.observe('users', 'Users connected to this node.', () => people.counts.presentUsers)
  metrics.observe('users_away', 'Those who are active on no connection here.', () => people.counts.awayUsers)
  metrics.observe('rooms', 'Channels whose members are watched or connected here.', () => people.counts.rooms)
  metrics.observe('active_rooms', 'Channels with members connected here.', () => people.counts.activeRooms)
  metrics.observe('typing_timers', 'Users who type on this node.', () => people.counts.typingTimers)
  metrics.observe(
    'presence_pushes_total',
    'Frames about members, typing and people put into outboxes.',
    () => people.counts.presencePushes,
  )
  metrics.observe(
    'presence_push_bytes_total',
    'Bytes of those frames.',
    () => people.counts.presencePushBytes,
  )
  metrics.observe('message_cache_hits_total', 'Pages of messages that were answered from the cache.', () =>
    sumOver(apps, ({ chat }) => chat.messageCache.counts.hits),
  )
  metrics.observe('message_cache_misses_total', 'Pages of messages that were not in the cache.', () =>
    sumOver(apps, ({ chat }) => chat.messageCache.counts.misses),
  )
  metrics.observe('open_streams', 'Streamed messages whose pieces this node takes.', () =>
    sumOver(apps, ({ chat }) => chat.streams.open),
  )
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
  metrics.observe(
    'receipts_stored_total',
    'Receipts handed to the database, one for each member of a conversation and window.',
    () => sumOver(apps, ({ chat }) => chat.receipts.counts.receipts),
  )
  metrics.observe('receipt_batches_total', 'Statements that stored receipts.', () =>
    sumOver(apps, ({ chat }) => chat.receipts.counts.batches),
  )
  metrics.observe('receipts_waiting', 'Receipts that wait for their window to end.', () =>
    sumOver(apps, ({ chat }) => chat.receipts.counts.waiting),
  )
  observeWebhooks(metrics, apps)
  metrics.observe('apps', 'Apps that this node serves.', () => [...apps.all()].length)
  observeChannelWebhooks(metrics, channelWebhooks)
}

function observeWebhooks(metrics: Metrics, apps: RunningApps): void {
  const observe = (name: keyof WebhookCounts, what: string, help: string) =>
    metrics.observe(`webhook_${what}`, help, () => webhookCounts(apps)?.[name] ?? 0)
  observe('sent', 'messages_sent_total', 'Messages that the application was told of.')
  observe('failed', 'requests_failed_total', 'Requests to the application that failed.')
  observe('dropped', 'messages_dropped_total', 'Messages that the application could not be told of.')
  observe('waiting', 'messages_waiting', 'Messages that the application is to be told of.')
}

function observeChannelWebhooks(metrics: Metrics, webhooks: Pick<WebhooksByApp, 'counts'>): void {
  const observe = (name: keyof WebhooksByApp['counts'], what: string, help: string) =>
    metrics.observe(`channel_webhook_${what}`, help, () => webhooks.counts[name])
  observe('sent', 'events_sent_total', 'Events of channels that applications were told of.')
  observe('failed', 'requests_failed_total', 'Requests about channels that failed.')
  observe('dropped', 'events_dropped_total', 'Events of channels that applications could not be told of.')
  observe('waiting', 'events_waiting', 'Events of channels that applications are to be told of.')
}
