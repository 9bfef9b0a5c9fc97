// What nodes share. Memory (one node) or Redis (many) stand behind this interface; everything above knows only it.
import type { Json, Metadata, Position, Publication, PublishResult } from '@nowcast/protocol'
import type { ChannelKey } from '../foundation/channelKey.ts'
import type { Caches } from './caches.ts'
import type { History } from './history.ts'
import type { Limits } from './limits.ts'
import type { Presence } from './presence.ts'
import type { Queues } from './queues.ts'
import type { Registry } from './registry.ts'

/** How much of a channel is kept, and for how long. */
export interface HistoryOptions {
  /** Publications kept; 0 keeps none, so a missed publication is always an explicit gap. */
  readonly size: number
  /** Milliseconds that a publication is kept. */
  readonly ttlMs: number
}

/** Who chooses ids: the application's backend, one of its users, or all who have not signed in. */
export type IdScope = 'app' | 'anonymous' | `user:${string}`

/** An event on its way into a channel. */
export interface PublishRequest {
  /** The publisher's id of the event: the same id in the same scope within the idempotency window is one event. */
  readonly id: string
  readonly name: string
  readonly data: Json
  /** User id; absent for the application's backend. */
  readonly sender?: string
  readonly metadata?: Metadata
  /** Id of the one connection that does not get it. */
  readonly exclude?: string
  readonly history: HistoryOptions
  /** Whose ids these are: nobody can use up another's. */
  readonly idScope: IdScope
}

/** What an engine tells its node. Publications of one channel arrive in any order; the receiver restores it. */
export interface EngineListener {
  /** @param epoch the epoch that the publication's offset belongs to */
  publication(channel: ChannelKey, publication: Publication, epoch: string): void
  /** The channel has come as far as `position`; what did not arrive until then was lost on the way. */
  moved(channel: ChannelKey, position: Position): void
}

/** How an engine is. */
export interface EngineHealth {
  readonly status: 'up' | 'down'
  readonly kind: 'memory' | 'redis'
  readonly latencyMs?: number
  readonly error?: string
}

/** Publish/subscribe, history, presence, limits, caches and queues over all nodes that share the engine. */
export interface Engine extends History {
  readonly presence: Presence
  readonly limits: Limits
  readonly caches: Caches
  readonly queues: Queues
  readonly registry: Registry

  /** Must be called once before anything else. */
  start(listener: EngineListener): Promise<void>
  stop(): Promise<void>
  health(): Promise<EngineHealth>

  /**
   * From when this resolves, every publication on the channel reaches the listener.
   * @param options `relayed`: the channel's publications are only relayed, and reach every node without the engine too;
   * such a subscription never fails, it is made as soon as that is possible
   * @throws NowcastError `unavailable`
   */
  subscribe(channel: ChannelKey, options?: { readonly relayed?: boolean }): Promise<void>
  unsubscribe(channel: ChannelKey): Promise<void>

  /**
   * Gives the event its offset, keeps it as `history` says, and sends it to every subscribed node.
   * @throws NowcastError `idempotency_conflict` when the id was used for other content, `unavailable`
   */
  publish(channel: ChannelKey, request: PublishRequest): Promise<PublishResult>

  /**
   * Sends a publication that already has its place (a durable channel's) to every subscribed node, without keeping it.
   * This node's own listener hears it even when the engine can't reach the others.
   * @throws NowcastError `unavailable`
   */
  relay(channel: ChannelKey, publication: Publication, position: Position): Promise<void>
}
