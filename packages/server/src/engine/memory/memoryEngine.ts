// The engine of a single node: everything in this process, gone with it (the epoch says so).
import {
  ENVELOPE_VERSION,
  NowcastError,
  type Position,
  type Publication,
  type PublishResult,
} from '@nowcast/protocol'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Engine, EngineListener, PublishRequest } from '../engine.ts'
import type { HistoryQuery, HistorySlice } from '../history.ts'
import { type IdempotencyOptions, IdempotencyWindow } from './idempotency.ts'
import { Stream } from './stream.ts'

/** Bounds of the memory engine. */
export interface MemoryEngineOptions {
  readonly idempotency: IdempotencyOptions
  /** Channels whose history is kept; over it, those published to longest ago are forgotten first. */
  readonly maxStreams: number
}

/** Defaults of `MemoryEngineOptions`. */
export const memoryEngineDefaults: MemoryEngineOptions = {
  idempotency: { windowMs: 300_000, maxEntries: 200_000 },
  maxStreams: 100_000,
}

const SWEEP_MS = 10_000
/** A stream's place outlives its publications, so that a subscriber who missed nothing can tell. */
const PLACE_KEPT_MS = 86_400_000

/** Publish/subscribe and history in this process. */
export class MemoryEngine implements Engine {
  readonly #clock: Clock
  readonly #newEpoch: () => string
  readonly #options: MemoryEngineOptions
  readonly #idempotency: IdempotencyWindow
  /** Least recently published first. */
  readonly #streams = new Map<ChannelKey, Stream>()
  readonly #subscribed = new Set<ChannelKey>()
  #listener: EngineListener | undefined
  #sweeping: Timer | undefined

  /** @param newEpoch makes a string that was never used before */
  constructor(clock: Clock, newEpoch: () => string, options: MemoryEngineOptions = memoryEngineDefaults) {
    this.#clock = clock
    this.#newEpoch = newEpoch
    this.#options = options
    this.#idempotency = new IdempotencyWindow(options.idempotency)
  }

  async start(listener: EngineListener): Promise<void> {
    this.#listener = listener
    this.#scheduleSweep()
  }

  async stop(): Promise<void> {
    this.#sweeping?.cancel()
    this.#listener = undefined
    this.#subscribed.clear()
  }

  async subscribe(channel: ChannelKey): Promise<void> {
    this.#subscribed.add(channel)
  }

  async unsubscribe(channel: ChannelKey): Promise<void> {
    this.#subscribed.delete(channel)
  }

  async publish(channel: ChannelKey, request: PublishRequest): Promise<PublishResult> {
    const timestamp = this.#clock.now()
    const idempotencyKey = `${channel}\n${request.sender ?? ''}\n${request.id}`
    const fingerprint = JSON.stringify([request.name, request.data, request.metadata])
    const earlier = this.#idempotency.find(idempotencyKey, fingerprint, timestamp)
    if (earlier !== undefined) {
      if (earlier.same) return { ...earlier.result, duplicate: true }
      throw new NowcastError(
        'idempotency_conflict',
        `The event id "${request.id}" was used for another event.`,
      )
    }
    const stream = this.#touch(channel)
    const publication = toPublication(channel, request, stream.position.offset + 1, timestamp)
    stream.append(publication, request.history)
    const result: PublishResult = { position: stream.position, timestamp, duplicate: false }
    this.#idempotency.remember(idempotencyKey, fingerprint, result, timestamp)
    this.#deliver(channel, publication, stream.epoch)
    return result
  }

  async relay(channel: ChannelKey, publication: Publication, position: Position): Promise<void> {
    this.#deliver(channel, publication, position.epoch)
  }

  async read(channel: ChannelKey, query: HistoryQuery): Promise<HistorySlice> {
    const stream = this.#streams.get(channel) ?? this.#touch(channel)
    return stream.read(query, this.#clock.now())
  }

  #deliver(channel: ChannelKey, publication: Publication, epoch: string): void {
    if (this.#subscribed.has(channel)) this.#listener?.publication(channel, publication, epoch)
  }

  /** The channel's stream, made when missing, now the most recently used. */
  #touch(channel: ChannelKey): Stream {
    const stream = this.#streams.get(channel) ?? new Stream(this.#newEpoch(), this.#clock.now())
    this.#streams.delete(channel)
    this.#streams.set(channel, stream)
    if (this.#streams.size > this.#options.maxStreams) this.#forgetOldest()
    return stream
  }

  // A live channel's stream must not be forgotten: its next publication would start a new epoch for no reason.
  #forgetOldest(): void {
    for (const channel of this.#streams.keys()) {
      if (this.#subscribed.has(channel)) continue
      this.#streams.delete(channel)
      return
    }
  }

  #scheduleSweep(): void {
    this.#sweeping = this.#clock.after(SWEEP_MS, () => {
      const now = this.#clock.now()
      for (const [channel, stream] of this.#streams) {
        if (stream.expiresAt + PLACE_KEPT_MS <= now && !this.#subscribed.has(channel))
          this.#streams.delete(channel)
        else stream.dropExpired(now)
      }
      this.#scheduleSweep()
    })
  }
}

function toPublication(
  channel: ChannelKey,
  request: PublishRequest,
  offset: number,
  timestamp: number,
): Publication {
  return {
    channel: splitChannelKey(channel).channel,
    offset,
    id: request.id,
    version: ENVELOPE_VERSION,
    name: request.name,
    data: request.data,
    timestamp,
    ...(request.sender === undefined ? {} : { sender: request.sender }),
    ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
  }
}
