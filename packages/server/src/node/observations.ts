// Which figures of the node are metrics.
import type { Hub } from '../core/hub.ts'
import type { Metrics } from '../foundation/metrics.ts'
import type { Chat } from './chat.ts'

/** Adds the node's figures to its metrics. */
export function observeNode(metrics: Metrics, hub: Hub, chat: Chat): void {
  metrics.observe('connections', 'Connections of this node.', () => hub.counts.connections)
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
}
