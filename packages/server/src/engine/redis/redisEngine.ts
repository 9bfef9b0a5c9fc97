// The engine of many nodes: publications, their places and history are in Redis, the same for all.
import type { Position, Publication, PublishResult } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Engine, EngineHealth, EngineListener, PublishRequest } from '../engine.ts'
import type { HistoryQuery, HistorySlice } from '../history.ts'
import { RedisComparison } from './comparison.ts'
import { keysOf } from './keys.ts'
import type { RedisLink, RedisReply } from './link.ts'
import { decodeBody, decodeMessage, encodeRelay, originOf } from './message.ts'
import { RedisPresence } from './presence/redisPresence.ts'
import { RedisPublications } from './publications.ts'
import { RedisCaches } from './redisCaches.ts'
import { RedisLimits } from './redisLimits.ts'
import { RedisQueues } from './redisQueues.ts'
import { RedisRegistry } from './redisRegistry.ts'
import { senseless } from './reply.ts'
import { RedisSubscriptions } from './subscriptions.ts'

/** How this node uses Redis. */
export interface RedisEngineOptions {
  /** Begins the names of all keys, so that several installations can share a Redis. */
  readonly prefix: string
  /** This node's name, without spaces. */
  readonly node: string
  readonly idempotencyWindowMs: number
  /** How long a node's members outlive its last sign of life; 15 s when absent. */
  readonly presenceLeaseMs?: number
}

/** A place outlives its publications, so that a subscriber who missed nothing can tell. */
const PLACE_KEPT_MS = 86_400_000
const PRESENCE_LEASE_MS = 15_000

/** What all nodes share that share a Redis. */
export class RedisEngine implements Engine {
  readonly presence: RedisPresence
  readonly limits: RedisLimits
  readonly caches: RedisCaches
  readonly queues: RedisQueues
  readonly registry: RedisRegistry
  readonly #link: RedisLink
  readonly #options: RedisEngineOptions
  readonly #newEpoch: () => string
  readonly #publications: RedisPublications
  readonly #subscriptions: RedisSubscriptions
  readonly #comparison: RedisComparison
  readonly #log: Logger
  #listener: EngineListener | undefined

  /** @param newEpoch makes a string that was never used before, without spaces */
  constructor(
    link: RedisLink,
    clock: Clock,
    log: Logger,
    newEpoch: () => string,
    options: RedisEngineOptions,
  ) {
    const { prefix, node, idempotencyWindowMs, presenceLeaseMs: leaseMs = PRESENCE_LEASE_MS } = options
    this.presence = new RedisPresence(link, clock, log, { prefix, leaseMs, newEpoch })
    this.limits = new RedisLimits(link, prefix)
    this.caches = new RedisCaches(link, prefix)
    this.queues = new RedisQueues(link, prefix)
    this.registry = new RedisRegistry(link, prefix)
    this.#link = link
    this.#options = options
    this.#newEpoch = newEpoch
    this.#log = log
    const nameOf = (channel: ChannelKey) => keysOf(prefix, channel).events
    this.#subscriptions = new RedisSubscriptions({ link, clock, nameOf })
    this.#comparison = new RedisComparison({
      clock,
      subscriptions: this.#subscriptions,
      readPosition: async (channel) => (await this.read(channel, { limit: 0 })).position,
      onPosition: (channel, position) => this.#listener?.moved(channel, position),
    })
    this.#publications = new RedisPublications(
      link,
      clock,
      { prefix, node, placeKeptMs: PLACE_KEPT_MS, idempotencyWindowMs, newEpoch },
      (channel, publication, epoch) => this.#deliver(channel, publication, epoch),
      (channel) => this.#comparison.doubt(channel),
    )
  }

  async start(listener: EngineListener): Promise<void> {
    this.#listener = listener
    await this.#link.start({
      message: (name, message) => this.#receive(name, message),
      subscriberReady: () => this.#connected(),
      // Until now places were compared with those of a server that may have been replaced.
      commandsReady: () => void this.#comparison.doubtAll(),
      subscriberLost: () => {
        this.#subscriptions.disconnected()
        this.presence.disconnected()
      },
    })
  }

  async stop(): Promise<void> {
    this.#listener = undefined
    this.#comparison.stop()
    this.#subscriptions.stop()
    this.presence.stop()
    await this.#link.stop()
  }

  async health(): Promise<EngineHealth> {
    try {
      const latencyMs = Math.round((await this.#link.ping()) * 100) / 100
      if (this.#subscriptions.isConnected) return { status: 'up', kind: 'redis', latencyMs }
      return { status: 'down', kind: 'redis', error: 'No connection for subscriptions.' }
    } catch (error) {
      return { status: 'down', kind: 'redis', error: error instanceof Error ? error.message : String(error) }
    }
  }

  subscribe(channel: ChannelKey, { relayed = false } = {}): Promise<void> {
    return this.#subscriptions.subscribe(channel, relayed)
  }

  async unsubscribe(channel: ChannelKey): Promise<void> {
    this.#subscriptions.unsubscribe(channel)
  }

  publish(channel: ChannelKey, request: PublishRequest): Promise<PublishResult> {
    return this.#publications.publish(channel, request)
  }

  // This node's own subscribers need no Redis.
  async relay(channel: ChannelKey, publication: Publication, { epoch }: Position): Promise<void> {
    this.#deliver(channel, publication, epoch)
    const { events } = keysOf(this.#options.prefix, channel)
    await this.#link.publish(events, encodeRelay(publication, epoch, this.#publications.origin))
  }

  async read(channel: ChannelKey, query: HistoryQuery): Promise<HistorySlice> {
    const { place, history } = keysOf(this.#options.prefix, channel)
    const direction = 'after' in query ? ['after', query.after] : ['before', query.before ?? 0]
    const args = [this.#newEpoch(), PLACE_KEPT_MS, ...direction, query.limit]
    return toSlice(channel, query, await this.#link.run('read', [place, history], args))
  }

  #connected(): void {
    void this.presence.connected()
    this.#comparison.start()
    void this.#subscriptions.connected().then((all) => (all ? this.#comparison.doubtAll() : undefined))
  }

  #deliver(channel: ChannelKey, publication: Publication, epoch: string): void {
    if (this.#subscriptions.has(channel)) this.#listener?.publication(channel, publication, epoch)
  }

  #receive(name: string, message: string): void {
    if (this.presence.receive(name, message)) return
    const channel = this.#subscriptions.channelOf(name)
    // What this node published itself was delivered when Redis answered.
    if (channel === undefined || originOf(message) === this.#publications.origin) return
    try {
      const { epoch, publications } = decodeMessage(channel, message)
      for (const publication of publications) this.#listener?.publication(channel, publication, epoch)
    } catch (error) {
      this.#log.error({ error, channel }, 'a message from Redis could not be read')
      this.#comparison.doubt(channel)
    }
  }
}

function toSlice(channel: ChannelKey, query: HistoryQuery, reply: RedisReply): HistorySlice {
  const [epoch, offset, ...entries] = Array.isArray(reply) ? reply : []
  if (typeof epoch !== 'string' || typeof offset !== 'number') {
    throw senseless()
  }
  const found: Publication[] = []
  for (let index = 0; index < entries.length; index += 3) {
    const [at, timestamp, body] = entries.slice(index, index + 3)
    found.push(decodeBody(channel, String(body), Number(at), Number(timestamp)))
  }
  const more = found.length > query.limit
  const publications = found.slice(0, query.limit)
  return {
    position: { epoch, offset },
    publications: 'after' in query ? publications : publications.reverse(),
    more: query.limit > 0 && more,
  }
}
