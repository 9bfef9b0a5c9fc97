// The last event that the application's backend published on each cache channel; who subscribes hears it first. It is kept
// with its place in the channel, so that a subscriber hears it exactly once: from here, or because it came afterwards.
import { limits, type Position, type Publication, type PublishResult } from '@nowcast/protocol'
import type { Engine, PublishRequest } from '../../engine/engine.ts'
import type { HistorySlice } from '../../engine/history.ts'
import { toPublication } from '../../engine/publication.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'

const CACHE_CHANNEL = /^(cache-|private-cache-|private-encrypted-cache-|presence-cache-)/
/** Events of clients begin with this. */
const CLIENT_PREFIX = 'client-'

/** What last events are kept with. */
export interface LastEventsParts {
  readonly engine: Pick<Engine, 'caches' | 'read'>
  readonly clock: Clock
  readonly log: Logger
  /** How long an event is the last one. */
  readonly ttlMs: number
}

/** Whether a channel has a last event. */
export const isCacheChannel = (channel: string): boolean => CACHE_CHANNEL.test(channel)

/** The last events of one app's cache channels. */
export class LastEvents {
  readonly #parts: LastEventsParts

  constructor(parts: LastEventsParts) {
    this.#parts = parts
  }

  /** Keeps what the backend has published on a cache channel. Never fails: the history has the event as well. */
  async keep(
    key: ChannelKey,
    request: PublishRequest,
    { position, timestamp }: PublishResult,
  ): Promise<void> {
    if (request.name.startsWith(CLIENT_PREFIX)) return
    const { engine, log, ttlMs } = this.#parts
    // Whom it was not for is of interest to the connections of then only.
    const { exclude: _, ...body } = request
    const value = JSON.stringify(toPublication(key, body, position.offset, timestamp))
    await engine.caches.setNewest(cacheKey(key), { position, value }, ttlMs).catch((error: unknown) => {
      log.warn({ channel: key, error }, 'the last event of a cache channel could not be kept')
    })
  }

  /**
   * The newest event of the backend that is not after a subscriber's first place; undefined when there is none any more.
   * What comes after that place is delivered to the subscriber anyway.
   * @throws NowcastError `unavailable`
   */
  async lastEvent(key: ChannelKey, upTo: Position): Promise<Publication | undefined> {
    const { engine, clock, ttlMs } = this.#parts
    const [kept, slice] = await Promise.all([
      engine.caches.getNewest(cacheKey(key)),
      engine.read(key, { before: upTo.offset + 1, limit: limits.historyPage }),
    ])
    const written = newestWritten(slice, upTo)
    const isOver = written === undefined || written.timestamp + ttlMs <= clock.now()
    const recent = isOver ? undefined : written
    if (kept === undefined) return recent
    const cached: Publication = JSON.parse(kept.value)
    if (kept.position.epoch === upTo.epoch) {
      return kept.position.offset > upTo.offset ? recent : later(cached, recent)
    }
    // Of another epoch than the channel is in now: the channel began anew since.
    return slice.position.epoch === upTo.epoch ? (recent ?? cached) : recent
  }
}

const cacheKey = (key: ChannelKey): string => `last\0${key}`

/** The newest event of the backend in what was read, if that is of the subscriber's epoch. */
function newestWritten({ position, publications }: HistorySlice, upTo: Position): Publication | undefined {
  if (position.epoch !== upTo.epoch) return undefined
  return publications.findLast(
    ({ sender, name, offset }) =>
      sender === undefined && offset <= upTo.offset && !name.startsWith(CLIENT_PREFIX),
  )
}

/** What was published last may not have been kept yet. */
const later = (cached: Publication, recent: Publication | undefined): Publication =>
  recent !== undefined && recent.offset > cached.offset ? recent : cached
