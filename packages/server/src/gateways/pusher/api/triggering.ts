// Sends the events of a request, each once, however often the request arrives.
import { hash, randomUUID } from 'node:crypto'
import type { App } from '../../../features/apps/app.ts'
import type { Publishing } from '../../../features/channels/publishing.ts'
import type { Clock } from '../../../foundation/clock.ts'
import type { ChannelFacts, ChannelQueries } from './channels.ts'
import type { Event } from './events.ts'

/**
 * Signatures tell seconds, so two equal events of one moment are signed alike, and both are meant; what arrives again
 * later than this is the same request once more.
 */
const SAME_MOMENT_MS = 2_000

/** Publishes what a backend triggers. */
export class Triggering {
  readonly #queries: ChannelQueries
  readonly #clock: Clock

  constructor(queries: ChannelQueries, clock: Clock) {
    this.#queries = queries
    this.#clock = clock
  }

  /**
   * Sends one event to its channels.
   * @param signature of the request, from which the event has its id
   * @throws NowcastError `forbidden`, `data_too_large`, `unavailable`
   */
  async event(app: App, event: Event, signature: string): Promise<object> {
    await this.#publish(app, event, eventId(signature))
    if (event.info === undefined) return {}
    const facts = await this.#queries.facts(app, [...event.channels.keys()], event.info)
    return { channels: Object.fromEntries(facts) }
  }

  /** Sends events in their order. @throws NowcastError `forbidden`, `data_too_large`, `unavailable` */
  async batch(app: App, events: readonly Event[], signature: string): Promise<object> {
    const id = eventId(signature)
    await Promise.all(events.map((event, index) => this.#publish(app, event, `${id}.${index}`)))
    if (events.every(({ info }) => info === undefined)) return {}
    return { batch: await Promise.all(events.map((event) => this.#factsOf(app, event))) }
  }

  async #publish(app: App, event: Event, id: string): Promise<void> {
    const { name, data, exclude } = event
    const common = { event: name, data, id, isMeasured: true, ...(exclude === undefined ? {} : { exclude }) }
    const { channels } = event
    // Most events have one channel.
    if (channels.size === 1) {
      for (const channel of channels.values()) await this.#publishOn(app, { ...common, channel })
      return
    }
    await Promise.all([...channels.values()].map((channel) => this.#publishOn(app, { ...common, channel })))
  }

  async #publishOn({ features: { publisher } }: App, publishing: Publishing): Promise<void> {
    const { duplicate, timestamp } = await publisher.publish(publishing)
    if (!duplicate || this.#clock.now() - timestamp >= SAME_MOMENT_MS) return
    await publisher.publish({ ...publishing, id: `${publishing.id}.${randomUUID()}` })
  }

  async #factsOf(app: App, { channels, info }: Event): Promise<ChannelFacts> {
    if (info === undefined) return {}
    const facts = await this.#queries.facts(app, [...channels.keys()], info)
    for (const fact of facts.values()) return fact
    return {}
  }
}

/** Subscribers see the id, so it must not tell them the signature. */
const eventId = (signature: string): string => hash('sha256', signature, 'base64url')
