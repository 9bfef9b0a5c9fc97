// Puts the webhooks together: who has missed what, which node tells it, and how it is told.
import type { AnnouncementListener } from '../features/chat/announcements.ts'
import type { People } from '../features/people/people.ts'
import { Courier } from '../features/webhooks/courier.ts'
import { MemberIds } from '../features/webhooks/memberIds.ts'
import { MissedMessages } from '../features/webhooks/missedMessages.ts'
import { MissedQueue } from '../features/webhooks/missedQueue.ts'
import type { OfflineUsers } from '../features/webhooks/offlineUsers.ts'
import { WebhookRequests } from '../features/webhooks/requests.ts'
import { Rounds } from '../features/webhooks/rounds.ts'
import type { NodeParts } from './parts.ts'
import type { Registration } from './registration.ts'

/** By then every node has read the registry once more. */
const SETTLED_MS = 3_000

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
export type WebhookParts = Pick<NodeParts, 'config' | 'store' | 'engine' | 'clock' | 'log' | 'name'> & {
  readonly people: OfflineUsers
  readonly registration: Pick<Registration, 'nodes'>
  readonly draining: () => boolean
}

/** Builds the webhooks; nothing when the application wants none. */
export function assembleWebhooks(parts: WebhookParts): Webhooks | undefined {
  const { config, store, engine, clock, log, name, people } = parts
  const { url, timeout, retryFor } = config.webhooks
  if (url === undefined) return undefined
  const { id: app, key, secret } = config.app
  const { queues } = engine
  const queue = new MissedQueue(app, name, queues, clock)
  const members = new MemberIds(app, store, clock)
  const courier: Courier = new Courier({
    app,
    queue,
    requests: new WebhookRequests({ url, key, secret, timeoutMs: timeout }, clock, log),
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
  const rounds = new Rounds({ app, node: name, nodes, queues, missed: queue, clock, onWoken })
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

/** The nodes that all others know of by now, but for those that are about to stop. */
function settledNodes({ config, clock, name, registration, draining }: WebhookParts): readonly string[] {
  if (config.redis.url === undefined) return [name]
  const latest = clock.now() - SETTLED_MS
  return registration.nodes
    .filter((node) => node.startedAt <= latest && node.status !== 'draining')
    .filter((node) => node.name !== name || !draining())
    .map((node) => node.name)
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
