// The node's own view of itself, for /health.
import type { TransportName } from '@nowcast/protocol'
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { WebhooksByApp } from '../features/webhooks/webhooksByApp.ts'
import type { Health } from '../gateways/http/health.ts'
import type { NativeGateway } from '../gateways/native/gateway.ts'
import type { PusherGateway } from '../gateways/pusher/gateway.ts'
import type { Store } from '../store/store.ts'
import { type RunningApps, sumOver, webhookCounts } from './apps.ts'
import type { SharedChat } from './chat.ts'
import { VERSION } from './identity.ts'
import type { Presences } from './people.ts'
import type { Registration } from './registration.ts'
import type { Standing } from './standing.ts'

/** What the health is read from. */
export interface HealthSources {
  readonly name: string
  readonly standing: Standing
  readonly hub: Hub
  readonly store: Store
  readonly engine: Engine
  readonly apps: RunningApps
  readonly chat: SharedChat
  readonly presences: Presences
  readonly registration: Registration
  readonly gateway: Pick<NativeGateway, 'connectionsByTransport'>
  readonly pusher: Pick<PusherGateway, 'connectionsByTransport'>
  readonly channelWebhooks: Pick<WebhooksByApp, 'counts'>
}

/** Connections of a node of all protocols, by what carries them. */
export function connectionsByTransport({
  gateway: { connectionsByTransport: native },
  pusher: { connectionsByTransport: pusher },
}: Pick<HealthSources, 'gateway' | 'pusher'>): Readonly<Record<TransportName, number>> {
  return {
    websocket: native.websocket + pusher.websocket,
    stream: native.stream + pusher.stream,
    polling: native.polling + pusher.polling,
  }
}

/** Reads the state of the node and of what it depends on, now. */
export async function readHealth(sources: HealthSources): Promise<Health> {
  const [database, engine] = await Promise.all([sources.store.health(), sources.engine.health()])
  const { connections, channels, subscriptions, deliveries } = sources.hub.counts
  const { websocket, stream, polling } = connectionsByTransport(sources)
  const { apps, standing } = sources
  const users = new Set<string>()
  for (const { app, user } of sources.hub.connections())
    if (user !== undefined) users.add(`${app}:${user.id}`)
  const { batches, messages, waiting } = sources.chat.writer.counts
  const channelWebhooks = sources.channelWebhooks.counts
  const { rss, heapUsed, heapTotal } = process.memoryUsage()
  return {
    status: standing.draining
      ? 'draining'
      : database.status === 'up' && engine.status === 'up'
        ? 'ok'
        : 'degraded',
    node: sources.name,
    version: VERSION,
    uptimeMs: Date.now() - standing.startedAt,
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
      messageCacheHits: sumOver(apps, ({ chat }) => chat.messageCache.counts.hits),
      messageCacheMisses: sumOver(apps, ({ chat }) => chat.messageCache.counts.misses),
      openStreams: sumOver(apps, ({ chat }) => chat.streams.open),
      ...countsOfWebhooks(apps),
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

function countsOfWebhooks(apps: RunningApps): Readonly<Record<string, number>> {
  const counts = webhookCounts(apps)
  if (counts === undefined) return {}
  const { sent, failed, dropped, waiting } = counts
  return {
    webhookMessagesSent: sent,
    webhookRequestsFailed: failed,
    webhookMessagesDropped: dropped,
    webhookMessagesWaiting: waiting,
  }
}
