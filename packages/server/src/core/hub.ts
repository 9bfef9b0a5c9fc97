// This node's table of connections and live channels. Opens a channel for its first subscriber, closes it after
// its last, and brings subscribers up to date.
import { NowcastError, type Position, type Publication, type WireError } from '@nowcast/protocol'
import type { Engine, EngineListener } from '../engine/engine.ts'
import type { ChannelKey } from '../foundation/channelKey.ts'
import type { Clock, Timer } from '../foundation/clock.ts'
import { ChannelFeed, type ChannelNature } from './channelFeed.ts'
import type { Connection } from './connection.ts'
import type { LiveChannel } from './liveChannel.ts'
import { joinRecovery, planRecovery, type Recovery } from './recovery.ts'

/** Times and bounds of the hub. */
export interface HubOptions {
  /** How long a missing publication may be on its way before it is fetched from the history. */
  readonly reorderMs: number
  /** How long a channel without subscribers stays live, for those who come back at once. */
  readonly lingerMs: number
  /** Publications that one recovery sends at most. */
  readonly recoveryLimit: number
  /** Subscriptions of one connection. */
  readonly maxSubscriptions: number
}

/** Defaults of `HubOptions`. */
export const hubDefaults: HubOptions = {
  reorderMs: 100,
  lingerMs: 5_000,
  recoveryLimit: 500,
  maxSubscriptions: 1_000,
}

/** A subscription that is live, and how it started. */
export interface Subscribed {
  readonly position: Position
  readonly recovery: Recovery
  readonly latestOnly: boolean
}

/** Counts of the hub, for /health and metrics. */
export interface HubCounts {
  readonly connections: number
  readonly channels: number
  readonly subscriptions: number
  readonly deliveries: number
}

/** Why a subscription ended: `left`: by a command or a refusal. `disconnected`: its connection is no more. */
export type SubscriptionEnd = 'left' | 'disconnected'

/** Hears of connections that come and go, and of subscriptions that begin and end, however they do. */
export interface HubListener {
  connected(connection: Connection): void
  subscribed(connection: Connection, key: ChannelKey): void
  unsubscribed(connection: Connection, key: ChannelKey, how: SubscriptionEnd): void
  /** Called after its subscriptions have ended. */
  disconnected(connection: Connection): void
}

interface Entry {
  readonly feed: ChannelFeed
  /** Runs while the channel has no subscribers. */
  lingering: Timer | undefined
}

/** How often a recovery is read again when the channel runs ahead of it. */
const MAX_RECOVERY_READS = 5

/** The node's connections and live channels. */
export class Hub implements EngineListener {
  readonly #engine: Pick<Engine, 'subscribe' | 'unsubscribe'>
  readonly #clock: Clock
  readonly #options: HubOptions
  readonly #natureOf: (key: ChannelKey) => ChannelNature
  readonly #onFailure: (key: ChannelKey, error: unknown) => void
  readonly #connections = new Map<string, Connection>()
  readonly #entries = new Map<ChannelKey, Entry>()
  readonly #listeners: Partial<HubListener>[] = []
  #deliveries = 0

  /**
   * @param natureOf what kind of channel a key stands for; asked once each time a channel becomes live
   * @param onFailure hears why a history could not be read, unless it is out of reach; it is read again
   */
  constructor(
    engine: Pick<Engine, 'subscribe' | 'unsubscribe'>,
    clock: Clock,
    natureOf: (key: ChannelKey) => ChannelNature,
    options: HubOptions,
    onFailure: (key: ChannelKey, error: unknown) => void,
  ) {
    this.#engine = engine
    this.#clock = clock
    this.#natureOf = natureOf
    this.#options = options
    this.#onFailure = onFailure
  }

  /** Says who hears of connections and subscriptions besides those who do already. */
  listen(listener: Partial<HubListener>): void {
    this.#listeners.push(listener)
  }

  /** Current counts. */
  get counts(): HubCounts {
    let subscriptions = 0
    for (const connection of this.#connections.values()) subscriptions += connection.subscriptions.size
    return {
      connections: this.#connections.size,
      channels: this.#entries.size,
      subscriptions,
      deliveries: this.#deliveries,
    }
  }

  /** Takes in a connection. */
  connect(connection: Connection): void {
    this.#connections.set(connection.id, connection)
    for (const listener of this.#listeners) listener.connected?.(connection)
  }

  /** Lets a connection go, with all its subscriptions. */
  disconnect(connection: Connection): void {
    const wasConnected = this.#connections.delete(connection.id)
    for (const key of [...connection.subscriptions.keys()]) this.#end(connection, key, 'disconnected')
    if (!wasConnected) return
    for (const listener of this.#listeners) listener.disconnected?.(connection)
  }

  /** All connections of this node. */
  connections(): Iterable<Connection> {
    return this.#connections.values()
  }

  /**
   * Subscribes a connection, brought up to date from `asked`. When this resolves the subscription is live: everything
   * after the returned position and recovery is in the connection's outbox or will be.
   * @param joined called in the very step in which the subscription becomes live: what it puts into the outbox comes before
   * everything that follows
   * @throws NowcastError `too_many_subscriptions`, or `unavailable` when the channel can't be opened or its history
   * can't be read now
   */
  async subscribe(
    connection: Connection,
    key: ChannelKey,
    asked: Position | undefined,
    joined: (subscribed: Subscribed) => void = () => {},
  ): Promise<Subscribed> {
    this.#requireRoom(connection, key)
    const join = (feed: ChannelFeed, live: LiveChannel, recovery: Recovery): Subscribed => {
      const subscribed = this.#join(connection, feed, live, recovery)
      joined(subscribed)
      return subscribed
    }
    for (let reads = 0; ; reads += 1) {
      const entry = this.#open(key)
      const { feed } = entry
      const live = feed.live ?? (await feed.opened)
      if (feed.closed) continue
      try {
        // A subscriber may have heard from another node what is still on its way to this one.
        if (isAhead(asked, live.position)) await feed.catchUp(live)
        if (feed.closed) continue
        const recent = (offset: number) => live.recent(offset)
        const plan = planRecovery(asked, live.position, recent, this.#options.recoveryLimit)
        // From the last look at the channel's place until the subscriber is in, nothing else may run.
        if (plan.outcome !== 'read') return join(feed, live, plan)
        const { from } = plan
        const read = await feed.read(live, from.offset, this.#options.recoveryLimit)
        if (feed.closed) continue
        const recovery = joinRecovery(from, live.position, read, recent)
        if (recovery !== undefined) return join(feed, live, recovery)
        if (reads >= MAX_RECOVERY_READS) {
          return join(feed, live, { outcome: 'gap', reason: 'too-much' })
        }
      } finally {
        this.#lingerWhenEmpty(entry)
      }
    }
  }

  /** Ends a subscription; false when there was none. */
  unsubscribe(connection: Connection, key: ChannelKey): boolean {
    return this.#end(connection, key, 'left')
  }

  /** Ends the subscriptions of a channel's connections that `matches` says, and tells them why. */
  expel(key: ChannelKey, matches: (connection: Connection) => boolean, error: WireError): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    const expelled = entry.feed.live?.expel(matches, error) ?? []
    for (const connection of expelled) this.#tellEnd(connection, key, 'left')
    this.#lingerWhenEmpty(entry)
  }

  /** Takes a publication from the engine. */
  publication(key: ChannelKey, publication: Publication, epoch: string): void {
    this.#entries.get(key)?.feed.accept(publication, epoch)
  }

  /** Takes note of a channel's place; what does not arrive by itself is fetched. */
  moved(key: ChannelKey, position: Position): void {
    this.#entries.get(key)?.feed.moved(position)
  }

  /** Takes note that a channel has come at least as far as `offset`; what does not arrive by itself is fetched. */
  expect(key: ChannelKey, offset: number): void {
    this.#entries.get(key)?.feed.expect(offset)
  }

  /** The connections that subscribe to a channel on this node; undefined while the channel is not live here. */
  subscribers(key: ChannelKey): Iterable<Connection> | undefined {
    return this.#entries.get(key)?.feed.live?.connections()
  }

  /** How many connections subscribe to a channel on this node. */
  subscriberCount(key: ChannelKey): number {
    return this.#entries.get(key)?.feed.live?.size ?? 0
  }

  /** The keys of all live channels. */
  liveChannels(): Iterable<ChannelKey> {
    return this.#entries.keys()
  }

  /** Forgets everything; nothing is delivered any more. */
  stop(): void {
    for (const entry of this.#entries.values()) this.#close(entry)
    this.#connections.clear()
  }

  #end(connection: Connection, key: ChannelKey, how: SubscriptionEnd): boolean {
    const entry = this.#entries.get(key)
    if (entry?.feed.live?.remove(connection) !== true) return false
    this.#tellEnd(connection, key, how)
    this.#lingerWhenEmpty(entry)
    return true
  }

  #tellEnd(connection: Connection, key: ChannelKey, how: SubscriptionEnd): void {
    for (const listener of this.#listeners) listener.unsubscribed?.(connection, key, how)
  }

  #open(key: ChannelKey): Entry {
    const existing = this.#entries.get(key)
    if (existing !== undefined) {
      existing.lingering?.cancel()
      existing.lingering = undefined
      return existing
    }
    const feed = new ChannelFeed({
      key,
      nature: this.#natureOf(key),
      engine: this.#engine,
      clock: this.#clock,
      reorderMs: this.#options.reorderMs,
      onDeliveries: (count) => {
        this.#deliveries += count
      },
      onFailure: this.#onFailure,
    })
    const entry: Entry = { feed, lingering: undefined }
    this.#entries.set(key, entry)
    feed.opened.catch(() => this.#close(entry))
    return entry
  }

  #join(connection: Connection, feed: ChannelFeed, live: LiveChannel, recovery: Recovery): Subscribed {
    // Others of the same connection may have been faster while this one waited.
    this.#requireRoom(connection, feed.key)
    if (this.#connections.has(connection.id) && live.add(connection)) {
      for (const listener of this.#listeners) listener.subscribed?.(connection, feed.key)
    }
    const { latestOnly } = feed.nature
    if (!latestOnly || recovery.outcome !== 'recovered')
      return { position: live.position, recovery, latestOnly }
    const publications = recovery.publications.slice(-1)
    return { position: live.position, recovery: { outcome: 'recovered', publications }, latestOnly }
  }

  #requireRoom(connection: Connection, key: ChannelKey): void {
    const { maxSubscriptions } = this.#options
    if (connection.subscriptions.size < maxSubscriptions || connection.subscriptions.has(key)) return
    throw new NowcastError(
      'too_many_subscriptions',
      `A connection has at most ${maxSubscriptions} subscriptions.`,
    )
  }

  #lingerWhenEmpty(entry: Entry): void {
    const { feed } = entry
    if (feed.closed || entry.lingering !== undefined || (feed.live?.size ?? 1) > 0) return
    entry.lingering = this.#clock.after(this.#options.lingerMs, () => {
      entry.lingering = undefined
      if (feed.live?.size === 0) this.#close(entry)
    })
  }

  #close({ feed, lingering }: Entry): void {
    if (feed.closed) return
    lingering?.cancel()
    feed.close()
    this.#entries.delete(feed.key)
  }
}

const isAhead = (asked: Position | undefined, current: Position): boolean =>
  asked !== undefined && asked.epoch === current.epoch && asked.offset > current.offset
