// Messages that somebody has missed, and how the application is told of them: those of one conversation together.
import type { Message } from '@nowcast/protocol'
import type { Queues } from '../../engine/queues.ts'
import type { AppKey } from '../../foundation/auth/appSignatures.ts'
import { signRequest } from '../../foundation/auth/signatures.ts'
import type { Clock } from '../../foundation/clock.ts'
import { type Batch, BatchQueue } from './batchQueue.ts'
import type { WebhookRequest } from './requests.ts'

/** A message, and the members who were offline when it was sent. */
export interface MissedMessage {
  readonly message: Message
  /** Ids. */
  readonly users: readonly string[]
}

/**
 * What the signature has in place of a path: the receiver need not know under which one it is reached through its
 * proxies, and no such request can pass for one to this server.
 */
const SIGNED_PATH = 'webhook'

/**
 * The queues of one app's conversations, by the conversation's id.
 * @param node this node's name
 */
export function createMissedQueue(
  app: string,
  node: string,
  queues: Queues,
  clock: Clock,
): BatchQueue<MissedMessage> {
  return new BatchQueue<MissedMessage>(node, queues, clock, {
    scope: app,
    maxItems: 50,
    maxBytes: Number.POSITIVE_INFINITY,
    waiting: { max: 1_000, ttlMs: 86_400_000 },
    order: (one, other) => one.message.offset - other.message.offset,
  })
}

/** The request that tells an application of messages. @param key signs */
export function missedRequest(
  app: string,
  { key, secret }: AppKey,
  { id, items }: Batch<MissedMessage>,
  clock: Clock,
): WebhookRequest {
  const body = JSON.stringify({ type: 'message.missed', id, app, messages: items })
  return {
    body,
    headers() {
      const timestamp = String(clock.now())
      const signed = { method: 'POST', path: SIGNED_PATH, body: Buffer.from(body), timestamp }
      return {
        'x-nowcast-key': key,
        'x-nowcast-timestamp': timestamp,
        'x-nowcast-signature': signRequest(secret, signed),
        'x-nowcast-delivery': id,
      }
    },
  }
}

/** Whether an answer means that the same request can never succeed: all but faults of the moment. */
export const refusesMissed = (status: number): boolean => status < 500 && status !== 408 && status !== 429
