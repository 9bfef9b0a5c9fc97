// Sends the events of a request, each once, however often the request arrives.
import { randomUUID } from 'node:crypto'
import type { PublishResult } from '@nowcast/protocol'
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
    await this.#publish(app, [event], signature)
    if (event.info === undefined) return {}
    const facts = await this.#queries.facts(app, [...event.channels.keys()], event.info)
    return { channels: Object.fromEntries(facts) }
  }

  /** Sends events in their order. @throws NowcastError `forbidden`, `data_too_large`, `unavailable` */
  async batch(app: App, events: readonly Event[], signature: string): Promise<object> {
    await this.#publish(app, events, signature)
    if (events.every(({ info }) => info === undefined)) return {}
    return { batch: await Promise.all(events.map((event) => this.#factsOf(app, event))) }
  }

  // Hot path: all publications of a request are awaited together. Guarded by the triggers benchmark.
  async #publish({ features }: App, events: readonly Event[], signature: string): Promise<void> {
    const { publisher } = features
    const publishings = toPublishings(events, signature)
    const results = await Promise.all(publishings.map((publishing) => publisher.publish(publishing)))
    const again = publishings.filter((_, index) => this.#isMeantAgain(results[index]))
    if (again.length === 0) return
    const asOthers = again.map((publishing) => ({ ...publishing, id: `${publishing.id}.${randomUUID()}` }))
    await Promise.all(asOthers.map((publishing) => publisher.publish(publishing)))
  }

  #isMeantAgain(result: PublishResult | undefined): boolean {
    return result?.duplicate === true && this.#clock.now() - result.timestamp < SAME_MOMENT_MS
  }

  async #factsOf(app: App, { channels, info }: Event): Promise<ChannelFacts> {
    if (info === undefined) return {}
    const facts = await this.#queries.facts(app, [...channels.keys()], info)
    for (const fact of facts.values()) return fact
    return {}
  }
}

/** One for each channel of each event, with an id that the same request always has. */
function toPublishings(events: readonly Event[], signature: string): readonly Publishing[] {
  // Half of it names the request; subscribers see the ids, and must not learn the signature from them.
  const request = signature.slice(0, signature.length / 2)
  const publishings: Publishing[] = []
  for (const [index, { name, data, exclude, channels }] of events.entries()) {
    const id = `${request}.${index}`
    for (const channel of channels.values()) {
      publishings.push({
        channel,
        event: name,
        data,
        id,
        isMeasured: true,
        ...(exclude === undefined ? {} : { exclude }),
      })
    }
  }
  return publishings
}
