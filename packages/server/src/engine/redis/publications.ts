// Publishing through Redis. While a channel's publications are on their way, further ones gather, and all of them go
// into the next call of the script: the busier a channel, the less each publication costs.
import { NowcastError, type Publication, type PublishResult } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { PublishRequest } from '../engine.ts'
import { toPublication } from '../publication.ts'
import { keysOf } from './keys.ts'
import type { RedisLink, RedisReply } from './link.ts'
import { encodeBody, fingerprint } from './message.ts'
import { senseless } from './reply.ts'

/** Bounds and times of publishing. */
export interface RedisPublishingOptions {
  readonly prefix: string
  /** This node's name, without spaces. */
  readonly node: string
  /** How long a place is kept after the last publication's history has ended. */
  readonly placeKeptMs: number
  readonly idempotencyWindowMs: number
  readonly newEpoch: () => string
}

interface Waiting {
  readonly request: PublishRequest
  readonly body: string
  readonly resolve: (result: PublishResult) => void
  readonly reject: (error: unknown) => void
}

/** Publications in one call of the script. */
const MAX_BATCH = 100
/** Publications of one channel that may wait; over it a publication is refused and can be repeated. */
const MAX_WAITING = 10_000
const RETRY_WHEN_FULL_MS = 250

/** Publishes on all channels. */
export class RedisPublications {
  readonly #link: RedisLink
  readonly #clock: Clock
  readonly #options: RedisPublishingOptions
  readonly #onPublished: (channel: ChannelKey, publication: Publication, epoch: string) => void
  readonly #onDoubt: (channel: ChannelKey) => void
  /** Calls that were not answered. */
  #unanswered = 0
  /** Channels with something waiting or on its way. */
  readonly #busy = new Map<ChannelKey, Waiting[]>()

  /**
   * @param onPublished called for each publication of this node that got its place
   * @param onDoubt called when it is not known whether publications of a channel got theirs
   */
  constructor(
    link: RedisLink,
    clock: Clock,
    options: RedisPublishingOptions,
    onPublished: (channel: ChannelKey, publication: Publication, epoch: string) => void,
    onDoubt: (channel: ChannelKey) => void,
  ) {
    this.#link = link
    this.#clock = clock
    this.#options = options
    this.#onPublished = onPublished
    this.#onDoubt = onDoubt
  }

  /**
   * Marks the messages whose publications are delivered here when Redis answers, and need not be read when they come back.
   * Another mark after each call that was not answered: what it publishes, perhaps much later, comes only as a message.
   */
  get origin(): string {
    return `${this.#options.node}/${this.#unanswered}`
  }

  /** @throws NowcastError `idempotency_conflict`, `unavailable` */
  publish(channel: ChannelKey, request: PublishRequest): Promise<PublishResult> {
    return new Promise((resolve, reject) => {
      const waiting = this.#busy.get(channel)
      if (waiting === undefined) {
        this.#busy.set(channel, [{ request, body: encodeBody(request), resolve, reject }])
        // Everything that arrives in this turn of the event loop goes into the first call.
        this.#clock.endOfTurn(() => void this.#drain(channel))
      } else if (waiting.length < MAX_WAITING) {
        waiting.push({ request, body: encodeBody(request), resolve, reject })
      } else {
        const retryAfterMs = RETRY_WHEN_FULL_MS
        reject(
          new NowcastError('unavailable', 'Too many publications wait on this channel.', { retryAfterMs }),
        )
      }
    })
  }

  async #drain(channel: ChannelKey): Promise<void> {
    const waiting = this.#busy.get(channel) ?? []
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH)
      try {
        this.#settle(channel, batch, await this.#send(channel, batch))
      } catch (error) {
        this.#unanswered += 1
        this.#onDoubt(channel)
        // What waits would wait as long again; its publishers know better whether to try once more.
        for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error)
      }
    }
    this.#busy.delete(channel)
  }

  #send(channel: ChannelKey, batch: readonly Waiting[]): Promise<RedisReply> {
    const { prefix, placeKeptMs, idempotencyWindowMs, newEpoch } = this.#options
    const keys = keysOf(prefix, channel)
    const history = batch.at(-1)?.request.history ?? { size: 0, ttlMs: 0 }
    const events = batch.flatMap(({ request, body }) => [idOf(request), fingerprint(request), body])
    return this.#link.run(
      'publish',
      [keys.place, keys.history, ...keys.ids, keys.events],
      [newEpoch(), placeKeptMs, this.origin, history.size, history.ttlMs, idempotencyWindowMs, ...events],
    )
  }

  #settle(channel: ChannelKey, batch: readonly Waiting[], reply: RedisReply): void {
    const [epoch, timestamp, ...outcomes] = Array.isArray(reply) ? reply : []
    if (typeof epoch !== 'string' || typeof timestamp !== 'number' || outcomes.length !== batch.length) {
      throw senseless()
    }
    for (const [index, { request, resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index]
      if (typeof outcome === 'number') {
        resolve({ position: { epoch, offset: outcome }, timestamp, duplicate: false })
        this.#onPublished(channel, toPublication(channel, request, outcome, timestamp), epoch)
      } else if (outcome === 'conflict') {
        reject(
          new NowcastError(
            'idempotency_conflict',
            `The event id "${request.id}" was used for another event.`,
          ),
        )
      } else resolve(toDuplicate(String(outcome)))
    }
  }
}

const idOf = ({ id, idScope }: PublishRequest): string => `${idScope}\n${id}`

/** What was accepted under the id before: `epoch offset timestamp`. */
function toDuplicate(accepted: string): PublishResult {
  const [epoch = '', offset, timestamp] = accepted.split(' ')
  return { position: { epoch, offset: Number(offset) }, timestamp: Number(timestamp), duplicate: true }
}
