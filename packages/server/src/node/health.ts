// The node's own view of itself, for /health.
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { WebhooksByApp } from '../features/webhooks/webhooksByApp.ts'
import type { Health } from '../gateways/http/health.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import type { Store } from '../store/store.ts'
import type { Chat } from './chat.ts'
import { VERSION } from './identity.ts'
import type { Presences } from './people.ts'
import type { Registration } from './registration.ts'
import type { Webhooks } from './webhooks.ts'

/** What the health is read from. */
export interface HealthSources {
  readonly name: string
  readonly startedAt: number
  readonly hub: Hub
  readonly store: Store
  readonly engine: Engine
  readonly chat: Chat
  readonly presences: Presences
  readonly registration: Registration
  readonly gateway: Pick<NativeGateway, 'connectionsByTransport'>
  /** Absent when the application wants none. */
  readonly webhooks: Webhooks | undefined
  readonly channelWebhooks: Pick<WebhooksByApp, 'counts'>
  draining(): boolean
}

/** Reads the state of the node and of what it depends on, now. */
export async function readHealth(sources: HealthSources): Promise<Health> {
  const [database, engine] = await Promise.all([sources.store.health(), sources.engine.health()])
  const { connections, channels, subscriptions, deliveries } = sources.hub.counts
  const { websocket, stream, polling } = sources.gateway.connectionsByTransport
  const users = new Set<string>()
  for (const { user } of sources.hub.connections()) if (user !== undefined) users.add(user.id)
  const { batches, messages, waiting } = sources.chat.writer.counts
  const cached = sources.chat.messageCache.counts
  const channelWebhooks = sources.channelWebhooks.counts
  const { rss, heapUsed, heapTotal } = process.memoryUsage()
  return {
    status: sources.draining()
      ? 'draining'
      : database.status === 'up' && engine.status === 'up'
        ? 'ok'
        : 'degraded',
    node: sources.name,
    version: VERSION,
    uptimeMs: Date.now() - sources.startedAt,
    services: { database: { ...database }, engine: { ...engine } },
    counts: {
      connections,
      webSockets: websocket,
      streams: stream,
      polled: polling,
      users: users.size,
      channels,
      subscriptions,
      deliveries,
      messagesStored: messages,
      messageBatches: batches,
      messagesWaiting: waiting,
      messageCacheHits: cached.hits,
      messageCacheMisses: cached.misses,
      openStreams: sources.chat.streams.open,
      ...webhookCounts(sources.webhooks),
      channelWebhookEventsSent: channelWebhooks.sent,
      channelWebhookRequestsFailed: channelWebhooks.failed,
      channelWebhookEventsDropped: channelWebhooks.dropped,
      channelWebhookEventsWaiting: channelWebhooks.waiting,
      ...sources.presences.counts,
    },
    memory: { rss, heapUsed, heapTotal },
    nodes: sources.registration.nodes,
  }
}

function webhookCounts(webhooks: Webhooks | undefined): Readonly<Record<string, number>> {
  if (webhooks === undefined) return {}
  const { sent, failed, dropped, waiting } = webhooks.counts
  return {
    webhookMessagesSent: sent,
    webhookRequestsFailed: failed,
    webhookMessagesDropped: dropped,
    webhookMessagesWaiting: waiting,
  }
}
