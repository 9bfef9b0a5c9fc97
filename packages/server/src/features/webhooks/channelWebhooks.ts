// Tells one app's backend what becomes of its channels, by Pusher's webhooks. The events of a channel go through one lane
// for each address, in their order; a lane serves many channels, so that a request brings events of many.
import { createHash, randomUUID } from 'node:crypto'
import { USER_CHANNEL_PREFIX } from '@nowcast/protocol'
import type { Limits } from '../../engine/limits.ts'
import type { AppKey } from '../../foundation/auth/appSignatures.ts'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { PusherSettings } from '../../foundation/config/schema.ts'
import type { Logger } from '../../foundation/log.ts'
import type { OccupancyListener } from '../occupancy/occupancy.ts'
import type { BatchQueue } from './batchQueue.ts'
import {
  channelEventRequest,
  type QueuedEvent,
  type WebhookEvent,
  type WebhookEventName,
} from './channelEventRequest.ts'
import type { ChannelEventListener, ClientEvent } from './channelEvents.ts'
import { Courier } from './courier.ts'
import { Intake } from './intake.ts'
import { WebhookRequests } from './requests.ts'
import type { Rounds } from './rounds.ts'

/** Lanes of one address. */
const LANES = 16
/** How long an event waits for others to travel with it. */
const WINDOW_MS = 100
/** Who subscribes to an empty cache channel within so long after another one did is not told of. */
const CACHE_MISS_MS = 10_000

/** What an app's webhooks work with. */
export interface ChannelWebhooksParts {
  readonly app: string
  readonly hooks: PusherSettings['webhooks']
  /** The pair that signs now. */
  readonly signingKey: () => AppKey
  /** How long a request takes at most. */
  readonly timeoutMs: number
  /** How long requests that fail are tried again. */
  readonly retryForMs: number
  readonly queue: BatchQueue<QueuedEvent>
  readonly rounds: Pick<Rounds, 'isMine' | 'wake'>
  readonly limits: Limits
  /** Whether a node lives, as far as this one knows. */
  readonly isAlive: (node: string) => boolean
  readonly clock: Clock
  readonly log: Logger
  /** 0 to 1. */
  readonly random: () => number
}

/** An address, and what it is told. */
interface Receiver {
  /** Begins the names of its lanes. */
  readonly prefix: string
  /** Undefined: everything. */
  wanted: ReadonlySet<WebhookEventName> | undefined
  readonly courier: Courier<QueuedEvent>
}

/** The app whose lane it is. */
export const appOfLane = (lane: string): string => lane.slice(0, lane.indexOf('/'))

/** The webhooks of one app on one node. */
export class ChannelWebhooks implements OccupancyListener, ChannelEventListener {
  readonly #parts: ChannelWebhooksParts
  readonly #intake: Intake
  /** By the prefix of their lanes. */
  readonly #receivers = new Map<string, Receiver>()
  /** Events that went because too many waited. */
  #overflowed = 0

  constructor(parts: ChannelWebhooksParts) {
    this.#parts = parts
    this.#intake = new Intake(parts.clock, parts.log)
    for (const hook of parts.hooks) this.#addReceiver(hook)
  }

  /** Events that the backend has taken and that were given up, requests that failed, and events known to wait. */
  get counts() {
    const { waiting, dropped } = this.#intake.counts
    const sum = { sent: 0, failed: 0, dropped: dropped + this.#overflowed, waiting }
    for (const { courier } of this.#receivers.values()) {
      const counts = courier.counts
      sum.sent += counts.sent
      sum.failed += counts.failed
      sum.dropped += counts.dropped
      sum.waiting += counts.waiting
    }
    return sum
  }

  /** Every lane. */
  get lanes(): readonly string[] {
    return [...this.#receivers.values()].flatMap(({ prefix }) =>
      Array.from({ length: LANES }, (_, index) => prefix + index),
    )
  }

  /** Something may wait in a lane that belongs to this node; of lanes whose address is no longer told, nothing is sent. */
  work(lane: string): void {
    this.#receivers.get(lane.slice(0, lane.lastIndexOf('/') + 1))?.courier.wake(lane)
  }

  /** Breaks off what is under way, queues what has come, once, and hands over what is left. */
  async stop(): Promise<void> {
    for (const { courier } of this.#receivers.values()) courier.stop()
    await this.#intake.stop()
  }

  occupied(key: ChannelKey): void {
    this.#tell({ name: 'channel_occupied', channel: nameOf(key) })
  }

  vacated(key: ChannelKey): void {
    this.#tell({ name: 'channel_vacated', channel: nameOf(key) })
  }

  memberAdded(key: ChannelKey, user: string): void {
    this.#tell({ name: 'member_added', channel: nameOf(key), user_id: user })
  }

  memberRemoved(key: ChannelKey, user: string): void {
    this.#tell({ name: 'member_removed', channel: nameOf(key), user_id: user })
  }

  counted(key: ChannelKey, count: number): void {
    const channel = nameOf(key)
    // Of these Pusher tells the members instead.
    if (channel.startsWith('presence-')) return
    this.#tell({ name: 'subscription_count', channel, subscription_count: count })
  }

  clientEvent({ key, event, data, connection, user }: ClientEvent): void {
    const sender = { socket_id: connection, ...(user === undefined ? {} : { user_id: user }) }
    this.#tell({ name: 'client_event', channel: nameOf(key), event, data, ...sender })
  }

  cacheMissed(key: ChannelKey): void {
    const { limits } = this.#parts
    this.#tell({ name: 'cache_miss', channel: nameOf(key) }, async () => {
      const once = { count: 1, windowMs: CACHE_MISS_MS }
      return (await limits.take(`webhooks:cache-miss:${key}`, once)).allowed
    })
  }

  /** @param admit whether it is told at all */
  #tell(event: WebhookEvent, admit?: () => Promise<boolean>): void {
    // Channels of single users are the server's own.
    if (event.channel.startsWith(USER_CHANNEL_PREFIX)) return
    const receivers = [...this.#receivers.values()]
      .filter(({ wanted }) => wanted?.has(event.name) ?? true)
      .map(({ prefix }) => prefix)
    if (receivers.length === 0) return
    const number = laneNumber(event.channel)
    const queued = { id: randomUUID(), at: this.#parts.clock.now(), event }
    const pushes = receivers.map((prefix) => () => this.#push(`${prefix}${number}`, queued))
    this.#intake.add(number, admit === undefined ? pushes : [admit, ...pushes])
  }

  async #push(lane: string, event: QueuedEvent): Promise<true> {
    const { queue, rounds, log } = this.#parts
    const dropped = await queue.push(lane, event)
    this.#overflowed += dropped
    if (dropped > 0) log.warn({ lane, dropped }, 'too many events wait for a webhook; the oldest are dropped')
    rounds.wake(lane)
    return true
  }

  #addReceiver({ url, events }: PusherSettings['webhooks'][number]): void {
    const { app } = this.#parts
    const prefix = `${app}/${createHash('sha256').update(url).digest('hex').slice(0, 16)}/`
    const known = this.#receivers.get(prefix)
    const wanted = events && new Set(events)
    if (known === undefined) {
      this.#receivers.set(prefix, { prefix, wanted, courier: this.#createCourier(url) })
    } else {
      known.wanted = known.wanted && wanted && new Set([...known.wanted, ...wanted])
    }
  }

  #createCourier(url: string): Courier<QueuedEvent> {
    const { signingKey, rounds, clock, log, timeoutMs } = this.#parts
    // Pusher's webhooks are repeated whatever the answer was.
    const requests = new WebhookRequests({ url, timeoutMs, isRefusal: () => false }, clock, log)
    return new Courier<QueuedEvent>({
      ...this.#parts,
      requests: {
        post: (batch) => requests.post(channelEventRequest(batch, signingKey())),
        stop: () => requests.stop(),
      },
      windowMs: WINDOW_MS,
      isMine: (lane) => rounds.isMine(lane),
      onHandedOver: (lane) => rounds.wake(lane),
    })
  }
}

const nameOf = (key: ChannelKey) => splitChannelKey(key).channel

/** Evenly spread, and on all nodes the same. */
function laneNumber(channel: string): number {
  return createHash('sha1').update(channel).digest().readUInt32BE() % LANES
}
