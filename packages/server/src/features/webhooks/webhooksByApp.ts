// Webhooks about the channels of every app: which app's they are, which node works on which lane, and what happens when
// nodes or settings change.
import type { Limits } from '../../engine/limits.ts'
import type { Queues } from '../../engine/queues.ts'
import type { AppKey } from '../../foundation/auth/appSignatures.ts'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { PusherSettings } from '../../foundation/config/schema.ts'
import type { Logger } from '../../foundation/log.ts'
import type { OccupancyListener } from '../occupancy/occupancy.ts'
import { BatchQueue } from './batchQueue.ts'
import type { QueuedEvent } from './channelEventRequest.ts'
import type { ChannelEventListener, ClientEvent } from './channelEvents.ts'
import { appOfLane, ChannelWebhooks } from './channelWebhooks.ts'
import { Rounds } from './rounds.ts'

/** Tells lanes of channels from everything else; no app's id has this character. */
const SCOPE = '~channels'
/** How often a node looks whether others have come or gone, and settings have changed. */
const LOOK_MS = 1_000
const MAX_BATCH = 50
const MAX_BATCH_BYTES = 262_144
/** What waits in one lane, and for how long. */
const WAITING = { max: 5_000, ttlMs: 86_400_000 }

/** What holds for the webhooks of an app now. */
export interface AppWebhookSettings {
  readonly hooks: PusherSettings['webhooks']
  /** The pair that signs. */
  readonly key: AppKey
  readonly timeoutMs: number
  readonly retryForMs: number
}

/** What the webhooks of all apps work with. */
export interface WebhooksByAppParts {
  /** This node's name. */
  readonly node: string
  /** The names of the nodes that lanes are shared among; on all nodes the same, as far as that can be. */
  readonly nodes: () => readonly string[]
  /** Whether a node lives, as far as this one knows. */
  readonly isAlive: (node: string) => boolean
  /** Ids of the apps that there are now. */
  readonly apps: () => Iterable<string>
  /** Asked with every event; undefined when there is no such app. */
  readonly settingsOf: (app: string) => AppWebhookSettings | undefined
  readonly queues: Queues
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Logger
  /** 0 to 1. */
  readonly random: () => number
}

interface Built {
  readonly settings: AppWebhookSettings
  readonly webhooks: ChannelWebhooks
}

/** The webhooks of all apps on one node. */
export class WebhooksByApp implements OccupancyListener, ChannelEventListener {
  readonly #parts: WebhooksByAppParts
  readonly #queue: BatchQueue<QueuedEvent>
  readonly #rounds: Rounds
  readonly #built = new Map<string, Built>()
  /** Those whose settings have changed, until they have handed over what was left. */
  readonly #ending = new Set<Promise<void>>()
  /** What those had done. */
  #past = { sent: 0, failed: 0, dropped: 0 }
  #looking: Timer | undefined
  #lastNodes = ''
  #stopped = false

  constructor(parts: WebhooksByAppParts) {
    this.#parts = parts
    const { node, nodes, queues, clock } = parts
    this.#queue = new BatchQueue(node, queues, clock, {
      scope: SCOPE,
      maxItems: MAX_BATCH,
      maxBytes: MAX_BATCH_BYTES,
      waiting: WAITING,
    })
    this.#rounds = new Rounds({
      scope: SCOPE,
      node,
      nodes,
      queues,
      isEmpty: (lane) => this.#queue.isEmpty(lane),
      clock,
      onWoken: (lane) => this.#of(appOfLane(lane))?.work(lane),
    })
  }

  /** Events that backends have taken and that were given up, requests that failed, and events known to wait here. */
  get counts() {
    const sum = { ...this.#past, waiting: 0 }
    for (const { webhooks } of this.#built.values()) {
      const { sent, failed, dropped, waiting } = webhooks.counts
      sum.sent += sent
      sum.failed += failed
      sum.dropped += dropped
      sum.waiting += waiting
    }
    return sum
  }

  start(): void {
    this.#rounds.start()
    this.#look()
  }

  /** Queues what has come, and hands over what is left to the other nodes. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#looking?.cancel()
    await Promise.all([...this.#built.values()].map(({ webhooks }) => webhooks.stop()))
    await Promise.all(this.#ending)
    await this.#rounds.stop()
  }

  occupied(key: ChannelKey): void {
    this.#about(key)?.occupied(key)
  }

  vacated(key: ChannelKey): void {
    this.#about(key)?.vacated(key)
  }

  memberAdded(key: ChannelKey, user: string): void {
    this.#about(key)?.memberAdded(key, user)
  }

  memberRemoved(key: ChannelKey, user: string): void {
    this.#about(key)?.memberRemoved(key, user)
  }

  counted(key: ChannelKey, count: number): void {
    this.#about(key)?.counted(key, count)
  }

  clientEvent(event: ClientEvent): void {
    this.#about(event.key)?.clientEvent(event)
  }

  cacheMissed(key: ChannelKey): void {
    this.#about(key)?.cacheMissed(key)
  }

  #about(key: ChannelKey): ChannelWebhooks | undefined {
    return this.#of(splitChannelKey(key).app)
  }

  /** An app's webhooks as they are to be now; nothing when it wants none. */
  #of(app: string): ChannelWebhooks | undefined {
    const built = this.#built.get(app)
    if (this.#stopped) return built?.webhooks
    const settings = this.#parts.settingsOf(app)
    if (settings === undefined || settings.hooks.length === 0) {
      this.#built.delete(app)
      this.#end(built)
      return undefined
    }
    if (built !== undefined && isSame(built.settings, settings)) return built.webhooks
    const webhooks = this.#build(app, settings)
    this.#built.set(app, { settings, webhooks })
    this.#end(built)
    return webhooks
  }

  #build(app: string, settings: AppWebhookSettings): ChannelWebhooks {
    const { settingsOf } = this.#parts
    return new ChannelWebhooks({
      ...this.#parts,
      ...settings,
      app,
      queue: this.#queue,
      rounds: this.#rounds,
      // It may change while the rest stays.
      signingKey: () => settingsOf(app)?.key ?? settings.key,
    })
  }

  #end(built: Built | undefined): void {
    if (built === undefined) return
    const ending: Promise<void> = built.webhooks.stop().then(() => {
      const { sent, failed, dropped } = built.webhooks.counts
      const past = this.#past
      this.#past = {
        sent: past.sent + sent,
        failed: past.failed + failed,
        dropped: past.dropped + dropped,
      }
      this.#ending.delete(ending)
    })
    this.#ending.add(ending)
  }

  /**
   * What a node that is gone had not told, those to whom its lanes belong now go on with. What settings no longer want told
   * is not tried again, though nothing new may come.
   */
  #look(): void {
    for (const app of [...this.#built.keys()]) this.#of(app)
    const nodes = this.#parts.nodes().join()
    if (nodes !== this.#lastNodes) {
      this.#lastNodes = nodes
      for (const app of this.#parts.apps()) this.#workOnAll(app)
    }
    this.#looking = this.#parts.clock.after(LOOK_MS, () => this.#look())
  }

  #workOnAll(app: string): void {
    const webhooks = this.#of(app)
    for (const lane of webhooks?.lanes ?? []) if (this.#rounds.isMine(lane)) webhooks?.work(lane)
  }
}

function isSame(one: AppWebhookSettings, other: AppWebhookSettings): boolean {
  if (one.timeoutMs !== other.timeoutMs || one.retryForMs !== other.retryForMs) return false
  return one.hooks === other.hooks || JSON.stringify(one.hooks) === JSON.stringify(other.hooks)
}
