// One app on one node: its features, built when it appears, changed with its settings, stopped when it goes.
import type { ChannelNature } from '../core/channelFeed.ts'
import type { AppFeatures } from '../features/apps/app.ts'
import type { ManagedApp } from '../features/apps/registry.ts'
import { Access } from '../features/channels/access.ts'
import { LastEvents } from '../features/channels/lastEvents.ts'
import { ChannelPolicies } from '../features/channels/policies.ts'
import { Publisher } from '../features/channels/publishing.ts'
import { recheckSubscriptions } from '../features/channels/recheck.ts'
import type { AnnouncementListener } from '../features/chat/announcements.ts'
import { CommandLimits } from '../features/limits/commandLimits.ts'
import { ConnectionLimits } from '../features/limits/connectionLimits.ts'
import { RequestLimits } from '../features/limits/requestLimits.ts'
import type { AppKey } from '../foundation/auth/appSignatures.ts'
import { TokenVerifier } from '../foundation/auth/tokens.ts'
import type { Timer } from '../foundation/clock.ts'
import type { AppSettings } from '../foundation/config/apps.ts'
import type { PusherSettings } from '../foundation/config/schema.ts'
import type { AppParts } from './appParts.ts'
import { assembleChat, type Chat } from './chat.ts'
import { Lifetime } from './lifetime.ts'
import { AppWebhooks, type WebhookCounts } from './webhooks.ts'

/** Publications of an ordinary channel kept in this node's memory for those who come back. */
const MAX_CHANNEL_TAIL = 100
/** Who was about to subscribe when policies changed does, or does not, by then. */
const RECHECK_AGAIN_MS = 10_000

/** An app with all its features. */
export class RunningApp implements ManagedApp {
  readonly id: string
  readonly features: AppFeatures
  readonly chat: Chat
  readonly tokens: TokenVerifier
  #settings: AppSettings
  readonly #parts: AppParts
  readonly #policies: ChannelPolicies
  readonly #requestLimits: RequestLimits
  readonly #webhooks: AppWebhooks
  readonly #lifetime = new Lifetime()
  #rechecking: Timer | undefined

  constructor(settings: AppSettings, parts: AppParts) {
    const { config, clock, log, metrics, engine, limits } = parts
    const { id } = settings
    this.id = id
    this.#settings = settings
    this.#parts = parts
    this.#policies = new ChannelPolicies(settings.channels, log, clock)
    const people = parts.presences.createPeople(id)
    this.chat = assembleChat(id, { ...parts, typing: parts.presences.typing }, parts.chat, people)
    const policies = settings.limits
    this.#requestLimits = new RequestLimits(id, policies.http, limits.shared, metrics)
    const lastEvents = new LastEvents({
      engine,
      clock,
      log,
      ttlMs: () => this.pusher.cacheTtl,
    })
    this.features = {
      access: new Access(this.#policies, this.chat.conversations),
      publisher: new Publisher(id, engine, this.#policies, config.maxEventBytes, lastEvents),
      lastEvents,
      people,
      commandLimits: new CommandLimits(id, policies, limits.shared, metrics),
      connectionLimits: new ConnectionLimits({ policies, app: id, limits: limits.shared, metrics, clock }),
    }
    // Whose key signs for the one app must not speak for the users of another.
    const isDefault = id === config.app.id
    const { publicKeys, jwks, ...claims } = config.tokens
    const signers = isDefault ? { publicKeys, jwks } : { publicKeys: [] }
    const secrets = () => this.keys.map(({ secret }) => secret)
    this.tokens = new TokenVerifier({ secrets, ...claims, ...signers })
    this.#webhooks = new AppWebhooks({ ...parts, app: this, people })
    this.#webhooks.use(settings.webhooks)
  }

  get enabled(): boolean {
    return this.#settings.enabled
  }

  get keys(): readonly [AppKey, ...AppKey[]] {
    return this.#settings.keys
  }

  get pusher(): PusherSettings {
    return this.#settings.pusher
  }

  get webhooks(): AppSettings['webhooks'] {
    return this.#settings.webhooks
  }

  /** Whether its limits are its own rather than those that all apps share. */
  get hasOwnLimits(): boolean {
    return this.#settings.hasOwnLimits
  }

  /** Of requests that only claim to be its backend's; absent where it has no limits of its own. */
  get requestLimits(): RequestLimits | undefined {
    return this.hasOwnLimits ? this.#requestLimits : undefined
  }

  /** What it tells its backend of, in figures; undefined when it wants to be told of nothing. */
  get webhookCounts(): WebhookCounts | undefined {
    return this.#webhooks.counts
  }

  /** Hears of changes of the app's conversations. */
  get announcements(): AnnouncementListener {
    return this.#webhooks
  }

  /** What an app's channel is; asked once each time that it becomes live. */
  natureOf(channel: string): ChannelNature {
    const nature = this.chat.natureOf(channel)
    if (nature !== undefined) return nature
    const { history, latestOnly, urgent } = this.#policies.settings(channel)
    const tail = Math.min(history.size, MAX_CHANNEL_TAIL)
    return { history: this.#parts.engine, relayed: false, tail, latestOnly, urgent }
  }

  start(): void {
    this.features.people.start()
    this.chat.streams.start()
    this.#webhooks.start()
    this.#lifetime.add(() => this.chat.receipts.stop())
    this.#lifetime.add(() => this.features.people.stop())
    this.#lifetime.add(() => this.chat.departures.stop())
    this.#lifetime.add(() => this.chat.streams.stop())
    // Stopped when nobody can send any more.
    this.#lifetime.add(() => this.#webhooks.stop())
  }

  stop(): Promise<void> {
    this.#rechecking?.cancel()
    return this.#lifetime.end()
  }

  /** Other settings hold from now on. What policies of channels no longer allow ends; live channels keep how they are kept. */
  update(settings: AppSettings): void {
    const before = this.#settings
    this.#settings = settings
    const { limits, channels, webhooks } = settings
    if (!isSame(before.limits, limits)) this.#limit(limits)
    if (!isSame(before.webhooks, webhooks)) this.#webhooks.use(webhooks)
    // Rules that are functions are new ones whenever they were read again.
    if (before.channels === channels) return
    if (isPlain(channels) && isPlain(before.channels) && isSame(before.channels, channels)) return
    this.#policies.replace(channels)
    this.#recheck()
    this.#rechecking?.cancel()
    this.#rechecking = this.#parts.clock.after(RECHECK_AGAIN_MS, () => this.#recheck())
  }

  #limit(limits: AppSettings['limits']): void {
    this.features.commandLimits.replace(limits)
    this.features.connectionLimits.replace(limits)
    this.#requestLimits.replace(limits.http)
  }

  #recheck(): void {
    const { hub, log } = this.#parts
    const { access } = this.features
    for (const connection of hub.connections()) {
      if (connection.app !== this.id) continue
      recheckSubscriptions(access, hub, connection).catch((error: unknown) => {
        log.error({ error, app: this.id }, 'subscriptions could not be compared with new policies')
      })
    }
  }
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Whether nothing is lost by looking at it as JSON. */
const isPlain = (channels: AppSettings['channels']): boolean =>
  Object.values(channels).every(({ subscribe, publish, readHistory }) =>
    [subscribe, publish, readHistory].every((rule) => typeof rule !== 'function'),
  )
