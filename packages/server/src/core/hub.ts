// This node's table of connections and live channels. Opens a channel for its first subscriber, closes it after
// its last, brings subscribers up to date, and fetches what was lost on the way.
import { NowcastError, type Position, type Publication, type WireError } from '@nowcast/protocol'
import type { Engine, EngineListener } from '../engine/engine.ts'
import type { History } from '../engine/history.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { Clock, Timer } from '../foundation/clock.ts'
import type { Connection } from './connection.ts'
import { type DeliveryOptions, LiveChannel } from './liveChannel.ts'
import { joinRecovery, planRecovery, type Recovery } from './recovery.ts'

/** What kind of channel a name stands for. */
export interface ChannelNature extends DeliveryOptions {
  readonly history: History
  /** Called on this node after each delivered publication. */
  readonly delivered?: (publication: Publication) => void
}

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

interface Entry {
  readonly key: ChannelKey
  readonly nature: ChannelNature
  /** The live channel, once its place is known. */
  readonly opened: Promise<LiveChannel>
  live: LiveChannel | undefined
  /** Publications that arrived while the channel was being opened, and how far it was heard to have come. */
  early: { readonly publication: Publication; readonly epoch: string }[]
  expected: number
  filling: Timer | undefined
  reading: Promise<void> | undefined
  lingering: Timer | undefined
  closed: boolean
}

/** Publications that may arrive while a channel is being opened; further ones are fetched afterwards. */
const MAX_EARLY = 1_000
/** Publications fetched at once when some were lost. */
const FILL_PAGE = 500
/** How often a recovery is read again when the channel runs ahead of it. */
const MAX_RECOVERY_READS = 5

/** The node's connections and live channels. */
export class Hub implements EngineListener {
  readonly #engine: Engine
  readonly #clock: Clock
  readonly #options: HubOptions
  readonly #natureOf: (key: ChannelKey) => ChannelNature
  readonly #onFailure: (key: ChannelKey, error: unknown) => void
  readonly #connections = new Map<string, Connection>()
  readonly #entries = new Map<ChannelKey, Entry>()
  #deliveries = 0

  /**
   * @param natureOf what kind of channel a key stands for; asked once each time a channel becomes live
   * @param onFailure hears why a history could not be read, unless it is out of reach; it is read again
   */
  constructor(
    engine: Engine,
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
  }

  /** Lets a connection go, with all its subscriptions. */
  disconnect(connection: Connection): void {
    this.#connections.delete(connection.id)
    for (const key of [...connection.subscriptions.keys()]) this.unsubscribe(connection, key)
  }

  /** All connections of this node. */
  connections(): Iterable<Connection> {
    return this.#connections.values()
  }

  /**
   * Subscribes a connection, brought up to date from `asked`. When this resolves the subscription is live: everything
   * after the returned position and recovery is in the connection's outbox or will be.
   * @throws NowcastError `too_many_subscriptions`, or `unavailable` when the channel can't be opened or its history
   * can't be read now
   */
  async subscribe(connection: Connection, key: ChannelKey, asked: Position | undefined): Promise<Subscribed> {
    this.#requireRoom(connection, key)
    for (let reads = 0; ; reads += 1) {
      const entry = this.#open(key)
      const live = entry.live ?? (await entry.opened)
      if (entry.closed) continue
      try {
        const recovery = await this.#recover(entry, live, asked)
        if (entry.closed) continue
        if (recovery !== undefined) return this.#join(connection, entry, live, recovery)
        if (reads >= MAX_RECOVERY_READS) {
          return this.#join(connection, entry, live, { outcome: 'gap', reason: 'too-much' })
        }
      } finally {
        this.#lingerWhenEmpty(entry)
      }
    }
  }

  /** Ends a subscription; false when there was none. */
  unsubscribe(connection: Connection, key: ChannelKey): boolean {
    const entry = this.#entries.get(key)
    if (entry?.live === undefined || !entry.live.remove(connection)) return false
    this.#lingerWhenEmpty(entry)
    return true
  }

  /** Ends the subscriptions of a channel's connections that `matches` says, and tells them why. */
  expel(key: ChannelKey, matches: (connection: Connection) => boolean, error: WireError): void {
    const entry = this.#entries.get(key)
    if (entry?.live === undefined) return
    entry.live.expel(matches, error)
    this.#lingerWhenEmpty(entry)
  }

  /** Takes a publication from the engine. */
  publication(key: ChannelKey, publication: Publication, epoch: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    if (entry.live === undefined) {
      if (entry.early.length < MAX_EARLY) entry.early.push({ publication, epoch })
      else entry.expected = Math.max(entry.expected, publication.offset)
      return
    }
    this.#accept(entry, entry.live, publication, epoch)
  }

  /** Takes note that a channel has come at least as far as `offset`; what does not arrive by itself is fetched. */
  expect(key: ChannelKey, offset: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    if (entry.live === undefined) {
      entry.expected = Math.max(entry.expected, offset)
      return
    }
    entry.live.expect(offset)
    this.#fillWhenBehind(entry, entry.live)
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

  #open(key: ChannelKey): Entry {
    const existing = this.#entries.get(key)
    if (existing !== undefined) {
      existing.lingering?.cancel()
      existing.lingering = undefined
      return existing
    }
    const nature = this.#natureOf(key)
    const entry: Entry = {
      key,
      nature,
      opened: Promise.resolve().then(() => this.#start(entry)),
      live: undefined,
      early: [],
      expected: 0,
      filling: undefined,
      reading: undefined,
      lingering: undefined,
      closed: false,
    }
    this.#entries.set(key, entry)
    entry.opened.catch(() => this.#close(entry))
    return entry
  }

  // The engine's stream first, then the history: a publication in between is in one of them, or in both.
  async #start(entry: Entry): Promise<LiveChannel> {
    const { key, nature } = entry
    await this.#engine.subscribe(key)
    const { position, publications } = await nature.history.read(key, { limit: Math.max(nature.tail, 1) })
    const live = new LiveChannel(
      { key, name: splitChannelKey(key).channel, position },
      nature,
      (publication, deliveries) => {
        this.#deliveries += deliveries
        nature.delivered?.(publication)
      },
    )
    live.remember(publications)
    entry.live = live
    for (const { publication, epoch } of entry.early) this.#accept(entry, live, publication, epoch)
    entry.early = []
    live.expect(entry.expected)
    this.#fillWhenBehind(entry, live)
    return live
  }

  async #recover(
    entry: Entry,
    live: LiveChannel,
    asked: Position | undefined,
  ): Promise<Recovery | undefined> {
    const recent = (offset: number) => live.recent(offset)
    // Another node, or the database, may have told the subscriber of what is still on its way to this one.
    if (asked?.epoch === live.position.epoch && asked.offset > live.position.offset)
      await this.#fill(entry, live)
    const plan = planRecovery(asked, live.position, recent, this.#options.recoveryLimit)
    if (plan.outcome !== 'read' || asked === undefined) return plan.outcome === 'read' ? undefined : plan
    const read = await entry.nature.history.read(entry.key, {
      after: asked.offset,
      limit: this.#options.recoveryLimit,
    })
    return joinRecovery(asked, live.position, read, recent)
  }

  #join(connection: Connection, entry: Entry, live: LiveChannel, recovery: Recovery): Subscribed {
    // Others of the same connection may have been faster while this one waited.
    this.#requireRoom(connection, entry.key)
    if (this.#connections.has(connection.id)) live.add(connection)
    const { latestOnly } = entry.nature
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

  #accept(entry: Entry, live: LiveChannel, publication: Publication, epoch: string): void {
    if (epoch === live.position.epoch) live.accept(publication)
    else void this.#fill(entry, live)
    this.#fillWhenBehind(entry, live)
  }

  #fillWhenBehind(entry: Entry, live: LiveChannel, delayMs = this.#options.reorderMs): void {
    if (!live.behind || entry.filling !== undefined || entry.reading !== undefined || entry.closed) return
    entry.filling = this.#clock.after(delayMs, () => {
      entry.filling = undefined
      if (live.behind) void this.#fill(entry, live)
    })
  }

  // Fetches what did not arrive. What the history no longer holds is a gap that every subscriber is told of.
  // Never rejects: what could not be read is read again as long as the channel is behind.
  #fill(entry: Entry, live: LiveChannel): Promise<void> {
    if (entry.closed) return Promise.resolve()
    entry.reading ??= this.#read(entry, live).finally(() => {
      entry.reading = undefined
      this.#fillWhenBehind(entry, live)
    })
    return entry.reading
  }

  async #read(entry: Entry, live: LiveChannel): Promise<void> {
    try {
      const after = live.position.offset
      const slice = await entry.nature.history.read(entry.key, { after, limit: FILL_PAGE })
      if (!entry.closed) this.#applyFill(live, slice.position, slice.publications)
    } catch (error) {
      if (!(error instanceof NowcastError)) this.#onFailure(entry.key, error)
    }
  }

  #applyFill(live: LiveChannel, head: Position, publications: readonly Publication[]): void {
    if (head.epoch !== live.position.epoch) {
      live.skip(head, 'epoch-changed')
      return
    }
    const first = publications[0]
    if (first === undefined) {
      if (head.offset > live.position.offset) live.skip(head, 'expired')
      return
    }
    if (first.offset > live.position.offset + 1) {
      live.skip({ epoch: head.epoch, offset: first.offset - 1 }, 'expired')
    }
    for (const publication of publications) live.accept(publication)
    live.expect(head.offset)
  }

  #lingerWhenEmpty(entry: Entry): void {
    if (entry.closed || entry.lingering !== undefined || (entry.live?.size ?? 1) > 0) return
    entry.lingering = this.#clock.after(this.#options.lingerMs, () => {
      entry.lingering = undefined
      if (entry.live?.size === 0) this.#close(entry)
    })
  }

  #close(entry: Entry): void {
    if (entry.closed) return
    entry.closed = true
    entry.filling?.cancel()
    entry.lingering?.cancel()
    this.#entries.delete(entry.key)
    // Nothing here can mend a failing engine; it forgets its subscriptions itself when it reconnects or stops.
    this.#engine.unsubscribe(entry.key).catch(() => {})
  }
}
