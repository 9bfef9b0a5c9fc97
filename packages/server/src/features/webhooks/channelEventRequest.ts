// The events that an application hears about its channels, as Pusher's webhooks have them, and the request that brings them.
import { createHmac } from 'node:crypto'
import type { AppKey } from '../../foundation/auth/appSignatures.ts'
import type { pusherWebhookEvents } from '../../foundation/config/schema.ts'
import type { Batch } from './batchQueue.ts'
import type { WebhookRequest } from './requests.ts'

/** The kind of an event. */
export type WebhookEventName = (typeof pusherWebhookEvents)[number]

/** An event; its fields are named as they are on the wire. */
export type WebhookEvent =
  | { readonly name: 'channel_occupied' | 'channel_vacated' | 'cache_miss'; readonly channel: string }
  | { readonly name: 'member_added' | 'member_removed'; readonly channel: string; readonly user_id: string }
  | { readonly name: 'subscription_count'; readonly channel: string; readonly subscription_count: number }
  | {
      readonly name: 'client_event'
      readonly channel: string
      readonly event: string
      /** JSON. */
      readonly data: string
      readonly socket_id: string
      /** On presence channels only. */
      readonly user_id?: string
    }

/** An event that waits. */
export interface QueuedEvent {
  /** Its own, so that no two that wait are alike. */
  readonly id: string
  /** When it happened, in milliseconds since 1970. */
  readonly at: number
  readonly event: WebhookEvent
}

/** The request that brings a batch of events; its time is that of the oldest. @param key signs */
export function channelEventRequest(
  { items }: Pick<Batch<QueuedEvent>, 'items'>,
  { key, secret }: AppKey,
): WebhookRequest {
  const body = JSON.stringify({
    time_ms: Math.min(...items.map(({ at }) => at)),
    events: items.map(({ event }) => event),
  })
  const headers = {
    'x-pusher-key': key,
    'x-pusher-signature': createHmac('sha256', secret).update(body).digest('hex'),
  }
  return { body, headers: () => headers }
}
