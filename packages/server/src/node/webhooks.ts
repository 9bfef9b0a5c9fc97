// Puts the webhooks together: who has missed what, which node tells it, and how it is told.
import type { AnnouncementListener } from '../features/chat/announcements.ts'
import type { People } from '../features/people/people.ts'
import { Courier } from '../features/webhooks/courier.ts'
import { MemberIds } from '../features/webhooks/memberIds.ts'
import { MissedMessages } from '../features/webhooks/missedMessages.ts'
import {
  createMissedQueue,
  type MissedMessage,
  missedRequest,
  refusesMissed,
} from '../features/webhooks/missedQueue.ts'
import type { OfflineUsers } from '../features/webhooks/offlineUsers.ts'
import { WebhookRequests } from '../features/webhooks/requests.ts'
import { Rounds } from '../features/webhooks/rounds.ts'
import type { NodeParts } from './parts.ts'
import { type SettledNodesParts, settledNodes } from './settledNodes.ts'

/** Figures of the webhooks of one node. */
export interface WebhookCounts {
  /** Messages that the application has taken. */
  readonly sent: number
  /** Requests that failed; they are repeated. */
  readonly failed: number
  /** Messages that were given up. */
  readonly dropped: number
  /** Messages that wait, as far as this node knows. */
  readonly waiting: number
}

/** The webhooks of one node. */
export interface Webhooks {
  /** Hears of messages. */
  readonly listener: AnnouncementListener
  readonly counts: WebhookCounts
  start(): void
  /** Hands over to the other nodes what is left. */
  stop(): Promise<void>
}

/** What webhooks are built from. */
export type WebhookParts = Pick<NodeParts, 'store' | 'engine' | 'log'> &
  SettledNodesParts & { readonly people: OfflineUsers }

/** Builds the webhooks; nothing when the application wants none. */
export function assembleWebhooks(parts: WebhookParts): Webhooks | undefined {
  const { config, store, engine, clock, log, name, people } = parts
  const { url, timeout, retryFor } = config.webhooks
  if (url === undefined) return undefined
  const { id: app, key, secret } = config.app
  const { queues } = engine
  const queue = createMissedQueue(app, name, queues, clock)
  const members = new MemberIds(app, store, clock)
  const requests = new WebhookRequests({ url, timeoutMs: timeout, isRefusal: refusesMissed }, clock, log)
  const courier: Courier<MissedMessage> = new Courier({
    queue,
    requests: {
      post: (batch) => requests.post(missedRequest(app, { key, secret }, batch, clock)),
      stop: () => requests.stop(),
    },
    windowMs: 0,
    retryForMs: retryFor,
    timeoutMs: timeout,
    clock,
    log,
    random: Math.random,
    isMine: (conversation) => rounds.isMine(conversation),
    isAlive: (node) => parts.registration.nodes.some((report) => report.name === node),
    onHandedOver: (conversation) => rounds.wake(conversation),
  })
  const onWoken = (conversation: string) => courier.wake(conversation)
  const nodes = () => settledNodes(parts)
  const isEmpty = (conversation: string) => queue.isEmpty(conversation)
  const rounds = new Rounds({ scope: app, node: name, nodes, queues, isEmpty, clock, onWoken })
  const onQueued = (conversation: string) => rounds.wake(conversation)
  const missed = new MissedMessages({ members, people, queue, clock, log, onQueued })
  return {
    listener: {
      announced: (announcement) => missed.announced(announcement),
      membersChanged: (conversation) => members.forget(conversation),
    },
    get counts() {
      const found = missed.counts
      const told = courier.counts
      const [dropped, waiting] = [found.dropped + told.dropped, found.waiting + told.waiting]
      return { sent: told.sent, failed: told.failed, dropped, waiting }
    },
    start: () => rounds.start(),
    async stop() {
      await missed.stop()
      courier.stop()
      await rounds.stop()
    },
  }
}

/** Those who have no connection anywhere; the first question begins to follow who has. */
export function offlinePeople(people: People): OfflineUsers {
  let following: Promise<() => void> | undefined
  return {
    async offline(users) {
      following ??= people.acquire()
      try {
        await following
      } catch (error) {
        following = undefined
        throw error
      }
      return users.filter((user) => !people.isOnline(user))
    },
  }
}
