// Puts the webhooks of an app together: who has missed what, which node tells it, and how it is told.
import type { App } from '../features/apps/app.ts'
import type { Announcement, AnnouncementListener } from '../features/chat/announcements.ts'
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
import type { Config } from '../foundation/config/schema.ts'
import type { AppParts } from './appParts.ts'
import { settledNodes } from './settledNodes.ts'

/** Figures of webhooks on one node. */
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

/** What an app's webhooks are built from. */
export type WebhookParts = Pick<
  AppParts,
  'config' | 'store' | 'engine' | 'clock' | 'log' | 'name' | 'registration' | 'standing'
> & {
  readonly app: Pick<App, 'id' | 'keys'>
  readonly people: People
}

type Options = Config['webhooks']

/** One app's webhooks on one node; whether there are any, and where they go, may change. */
export class AppWebhooks implements AnnouncementListener {
  readonly #parts: Parts
  #current: Webhooks | undefined
  /** Figures of those that were replaced. */
  #before: WebhookCounts = NO_COUNTS
  readonly #ending = new Set<Promise<void>>()
  #started = false

  constructor(parts: WebhookParts) {
    this.#parts = { ...parts, offline: offlinePeople(parts.people) }
  }

  /** Figures; undefined where there are no webhooks. */
  get counts(): WebhookCounts | undefined {
    return this.#current && added(this.#before, this.#current.counts)
  }

  /** From now on these options hold. What waits goes where they say. */
  use(options: Options): void {
    const replaced = this.#current
    const { url } = options
    this.#current = url === undefined ? undefined : assembleWebhooks(this.#parts, { ...options, url })
    if (this.#started) this.#current?.start()
    if (replaced === undefined) return
    replaced.retire()
    const ending: Promise<void> = replaced.stop().finally(() => {
      this.#ending.delete(ending)
      this.#before = { ...added(this.#before, replaced.counts), waiting: 0 }
    })
    this.#ending.add(ending)
  }

  announced(announcement: Announcement): void {
    this.#current?.listener.announced(announcement)
  }

  membersChanged(app: string, conversation: string): void {
    this.#current?.listener.membersChanged(app, conversation)
  }

  start(): void {
    this.#started = true
    this.#current?.start()
  }

  /** Hands over to the other nodes what is left. */
  async stop(): Promise<void> {
    await Promise.all([...this.#ending, this.#current?.stop()])
  }
}

const NO_COUNTS: WebhookCounts = { sent: 0, failed: 0, dropped: 0, waiting: 0 }

/** The figures of both together. */
export const added = (one: WebhookCounts, other: WebhookCounts): WebhookCounts => ({
  sent: one.sent + other.sent,
  failed: one.failed + other.failed,
  dropped: one.dropped + other.dropped,
  waiting: one.waiting + other.waiting,
})

interface Webhooks {
  readonly listener: AnnouncementListener
  readonly counts: WebhookCounts
  start(): void
  /** What waits is for whoever comes next. */
  retire(): void
  stop(): Promise<void>
}

type Parts = WebhookParts & { readonly offline: OfflineUsers }

function assembleWebhooks(
  parts: Parts,
  { url, timeout, retryFor }: Options & { readonly url: string },
): Webhooks {
  const { app, store, engine, clock, log, name, offline } = parts
  const { queues } = engine
  let retired = false
  const queue = createMissedQueue(app.id, name, queues, clock)
  const members = new MemberIds(app.id, store, clock)
  const requests = new WebhookRequests({ url, timeoutMs: timeout, isRefusal: refusesMissed }, clock, log)
  const courier: Courier<MissedMessage> = new Courier({
    queue,
    requests: {
      post: (batch) => requests.post(missedRequest(app.id, app.keys[0], batch, clock)),
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
  const nodes = () => (retired ? [] : settledNodes(parts))
  const isEmpty = (conversation: string) => queue.isEmpty(conversation)
  const rounds = new Rounds({ scope: app.id, node: name, nodes, queues, isEmpty, clock, onWoken })
  const onQueued = (conversation: string) => rounds.wake(conversation)
  const missed = new MissedMessages({ members, people: offline, queue, clock, log, onQueued })
  return {
    listener: {
      announced: (announcement) => missed.announced(announcement),
      membersChanged: (_app, conversation) => members.forget(conversation),
    },
    get counts() {
      const found = missed.counts
      const told = courier.counts
      const [dropped, waiting] = [found.dropped + told.dropped, found.waiting + told.waiting]
      return { sent: told.sent, failed: told.failed, dropped, waiting }
    },
    start: () => rounds.start(),
    retire() {
      retired = true
    },
    async stop() {
      await missed.stop()
      courier.stop()
      await rounds.stop()
    },
  }
}

/** Those who have no connection anywhere; the first question begins to follow who has. */
function offlinePeople(people: People): OfflineUsers {
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
