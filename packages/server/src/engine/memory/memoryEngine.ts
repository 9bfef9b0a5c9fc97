// The engine of a single node: everything in this process, gone with it (the epoch says so).
import { hash } from 'node:crypto'
import { NowcastError, type Position, type Publication, type PublishResult } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Engine, EngineHealth, EngineListener, PublishRequest } from '../engine.ts'
import type { HistoryQuery, HistorySlice } from '../history.ts'
import { contentOf, toPublication } from '../publication.ts'
import { type IdempotencyOptions, IdempotencyWindow } from './idempotency.ts'
import { MemoryCaches } from './memoryCaches.ts'
import { MemoryLimits } from './memoryLimits.ts'
import { MemoryPresence } from './memoryPresence.ts'
import { MemoryQueues } from './memoryQueues.ts'
import { MemoryRegistry } from './memoryRegistry.ts'
import { Stream } from './stream.ts'

/** Bounds of the memory engine. */
export interface MemoryEngineOptions {
  readonly idempotency: IdempotencyOptions
  /** Channels without subscribers whose history is kept; over it, those published to longest ago are forgotten first. */
  readonly maxStreams: number
  /** Keys whose limits are counted; over it, those taken from longest ago start anew. */
  readonly maxLimits: number
  /** Values in caches; over it, those used longest ago are forgotten first. */
  readonly maxCached: number
  /** Queues; over it, those used longest ago are forgotten first. */
  readonly maxQueues: number
  /** What the kept publications of all channels may take; over it, the same are forgotten first. */
  readonly maxBytes: number
}

/** Defaults of `MemoryEngineOptions`. */
export const memoryEngineDefaults: MemoryEngineOptions = {
  idempotency: { windowMs: 300_000, maxEntries: 200_000 },
  maxStreams: 100_000,
  maxLimits: 100_000,
  maxCached: 10_000,
  maxQueues: 10_000,
  maxBytes: 268_435_456,
}

const SWEEP_MS = 10_000
/** A stream's place outlives its publications, so that a subscriber who missed nothing can tell. */
const PLACE_KEPT_MS = 86_400_000
/** What a publication takes besides its data. */
const ENVELOPE_BYTES = 300
/** Longer content is compared by its hash. */
const MAX_FINGERPRINT = 64

/** What nodes share, in this process alone. */
export class MemoryEngine implements Engine {
  readonly presence: MemoryPresence
  readonly limits: MemoryLimits
  readonly caches: MemoryCaches
  readonly queues: MemoryQueues
  readonly registry = new MemoryRegistry()
  readonly #clock: Clock
  readonly #newEpoch: () => string
  readonly #options: MemoryEngineOptions
  readonly #idempotency: IdempotencyWindow
  readonly #subscribed = new Set<ChannelKey>()
  /** Of subscribed channels. Never forgotten: the next publication would start a new epoch for no reason. */
  readonly #live = new Map<ChannelKey, Stream>()
  /** Of all others; least recently published first. */
  readonly #idle = new Map<ChannelKey, Stream>()
  #bytes = 0
  /** Of streams to come; a new one since a stream that had been published to was forgotten. */
  #epoch: string | undefined
  #listener: EngineListener | undefined
  #sweeping: Timer | undefined

  /** @param newEpoch makes a string that was never used before */
  constructor(clock: Clock, newEpoch: () => string, options: MemoryEngineOptions = memoryEngineDefaults) {
    this.#clock = clock
    this.#newEpoch = newEpoch
    this.#options = options
    this.#idempotency = new IdempotencyWindow(options.idempotency)
    this.presence = new MemoryPresence(newEpoch)
    this.limits = new MemoryLimits(clock, options.maxLimits)
    this.caches = new MemoryCaches(clock, options.maxCached)
    this.queues = new MemoryQueues(clock, options.maxQueues)
  }

  async start(listener: EngineListener): Promise<void> {
    this.#listener = listener
    this.#scheduleSweep()
  }

  async stop(): Promise<void> {
    this.#sweeping?.cancel()
    this.#listener = undefined
    this.#subscribed.clear()
    this.#live.clear()
    this.#idle.clear()
    this.#bytes = 0
    this.presence.stop()
  }

  async health(): Promise<EngineHealth> {
    return { status: 'up', kind: 'memory' }
  }

  async subscribe(channel: ChannelKey): Promise<void> {
    this.#subscribed.add(channel)
    const stream = this.#idle.get(channel)
    if (stream === undefined) return
    this.#idle.delete(channel)
    this.#live.set(channel, stream)
  }

  async unsubscribe(channel: ChannelKey): Promise<void> {
    this.#subscribed.delete(channel)
    const stream = this.#live.get(channel)
    if (stream === undefined) return
    this.#live.delete(channel)
    // A stream that nothing was published to can be made anew at any time.
    if (stream.position.offset > 0) this.#rest(channel, stream)
  }

  async publish(channel: ChannelKey, request: PublishRequest): Promise<PublishResult> {
    const timestamp = this.#clock.now()
    const idempotencyKey = `${channel}\n${request.idScope}\n${request.id}`
    const content = contentOf(request)
    const fingerprint = content.length <= MAX_FINGERPRINT ? content : hash('sha256', content, 'base64')
    const earlier = this.#idempotency.find(idempotencyKey, fingerprint, timestamp)
    if (earlier !== undefined) {
      if (earlier.same) return { ...earlier.result, duplicate: true }
      throw new NowcastError(
        'idempotency_conflict',
        `The event id "${request.id}" was used for another event.`,
      )
    }
    const stream = this.#live.get(channel) ?? this.#idle.get(channel) ?? this.#newStream()
    const publication = toPublication(channel, request, stream.position.offset + 1, timestamp)
    this.#counting(stream, () => stream.append(publication, content.length + ENVELOPE_BYTES, request.history))
    if (this.#subscribed.has(channel)) this.#live.set(channel, stream)
    else this.#rest(channel, stream)
    this.#makeRoom(stream)
    const result: PublishResult = { position: stream.position, timestamp, duplicate: false }
    this.#idempotency.remember(idempotencyKey, fingerprint, result, timestamp)
    this.#deliver(channel, publication, stream.epoch)
    return result
  }

  async relay(channel: ChannelKey, publication: Publication, position: Position): Promise<void> {
    this.#deliver(channel, publication, position.epoch)
  }

  async read(channel: ChannelKey, query: HistoryQuery): Promise<HistorySlice> {
    const stream = this.#live.get(channel) ?? this.#idle.get(channel) ?? this.#newStream()
    // What is only asked about is not kept: else anybody could crowd out the channels that are published to.
    if (this.#subscribed.has(channel)) this.#live.set(channel, stream)
    return stream.read(query, this.#clock.now())
  }

  #deliver(channel: ChannelKey, publication: Publication, epoch: string): void {
    if (this.#subscribed.has(channel)) this.#listener?.publication(channel, publication, epoch)
  }

  #newStream(): Stream {
    this.#epoch ??= this.#newEpoch()
    return new Stream(this.#epoch, this.#clock.now())
  }

  /** Keeps the stream of a channel without subscribers, as the one published to last. */
  #rest(channel: ChannelKey, stream: Stream): void {
    this.#idle.delete(channel)
    this.#idle.set(channel, stream)
    if (this.#idle.size > this.#options.maxStreams) this.#forgetOldest()
  }

  /** @param published the stream that has grown */
  #makeRoom(published: Stream): void {
    while (this.#bytes > this.#options.maxBytes && this.#idle.size > 0) this.#forgetOldest()
    if (this.#bytes > this.#options.maxBytes) this.#counting(published, () => published.clear())
  }

  #forgetOldest(): void {
    for (const [channel, stream] of this.#idle) {
      this.#forget(channel, stream)
      return
    }
  }

  #forget(channel: ChannelKey, stream: Stream): void {
    this.#idle.delete(channel)
    this.#bytes -= stream.bytes
    if (stream.position.offset > 0) this.#epoch = undefined
  }

  #counting(stream: Stream, change: () => void): void {
    const before = stream.bytes
    change()
    this.#bytes += stream.bytes - before
  }

  #scheduleSweep(): void {
    this.#sweeping = this.#clock.after(SWEEP_MS, () => {
      const now = this.#clock.now()
      for (const stream of this.#live.values()) this.#counting(stream, () => stream.dropExpired(now))
      for (const [channel, stream] of this.#idle) {
        if (stream.expiresAt + PLACE_KEPT_MS <= now) this.#forget(channel, stream)
        else this.#counting(stream, () => stream.dropExpired(now))
      }
      for (const kept of [this.limits, this.caches, this.queues]) kept.sweep()
      this.#scheduleSweep()
    })
  }
}
