// This node's table of connections and live channels. Opens a channel for its first subscriber, closes it after
// its last, brings subscribers up to date, and fetches what was lost on the way.
import { NowcastError, type Position, type Publication, type WireError } from '@nowcast/protocol'
import type { Engine, EngineListener } from '../engine/engine.ts'
import type { History, HistorySlice } from '../engine/history.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { Clock, Timer } from '../foundation/clock.ts'
import type { Connection } from './connection.ts'
import { type DeliveryOptions, LiveChannel } from './liveChannel.ts'
import { joinRecovery, planRecovery, type Recovery } from './recovery.ts'

/** What kind of channel a name stands for. */
export interface ChannelNature extends DeliveryOptions {
  readonly history: History
  /** Its publications have a place that the engine does not know, and are expected without the engine too. */
  readonly relayed: boolean
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
  /** What arrived while the channel was being opened. */
  early: ((live: LiveChannel) => void)[]
  filling: Timer | undefined
  reading: Promise<void> | undefined
  /** Something was heard of that this node does not have: of another epoch, or more than could be kept while opening. */
  doubted: boolean
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
  readonly #engine: Pick<Engine, 'subscribe' | 'unsubscribe'>
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
        if (isAhead(asked, live.position)) await this.#catchUp(entry, live)
        if (entry.closed) continue
        const recent = (offset: number) => live.recent(offset)
        const plan = planRecovery(asked, live.position, recent, this.#options.recoveryLimit)
        // From the last look at the channel's place until the subscriber is in, nothing else may run.
        if (plan.outcome !== 'read') return this.#join(connection, entry, live, plan)
        const { from } = plan
        const read = await this.#read(entry, live, from.offset, this.#options.recoveryLimit)
        if (entry.closed) continue
        const recovery = joinRecovery(from, live.position, read, recent)
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
    this.#whenLive(entry, (live) => this.#accept(entry, live, publication, epoch))
  }

  /** Takes note of a channel's place; what does not arrive by itself is fetched. */
  moved(key: ChannelKey, { epoch, offset }: Position): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#whenLive(entry, (live) => {
      if (epoch === live.position.epoch) live.expect(offset)
      else this.#doubt(entry, live)
      this.#fillWhenBehind(entry, live)
    })
  }

  /** Takes note that a channel has come at least as far as `offset`; what does not arrive by itself is fetched. */
  expect(key: ChannelKey, offset: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#whenLive(entry, (live) => {
      live.expect(offset)
      this.#fillWhenBehind(entry, live)
    })
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
      filling: undefined,
      reading: undefined,
      doubted: false,
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
    await this.#engine.subscribe(key, { relayed: nature.relayed })
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
    for (const run of entry.early) run(live)
    entry.early = []
    this.#fillWhenBehind(entry, live)
    return live
  }

  /** A subscriber may have heard from another node what is still on its way to this one; a read that begins now has it. */
  async #catchUp(entry: Entry, live: LiveChannel): Promise<void> {
    const { position, publications } = await this.#read(entry, live, live.position.offset, FILL_PAGE)
    if (!entry.closed && position.epoch === live.position.epoch) this.#applyFill(live, position, publications)
  }

  /** Reads what comes after an offset of the channel's epoch, and finds out when that epoch is over. */
  async #read(entry: Entry, live: LiveChannel, after: number, limit: number): Promise<HistorySlice> {
    const { epoch } = live.position
    const slice = await entry.nature.history.read(entry.key, { after, limit })
    const isOver = slice.position.epoch !== epoch && live.position.epoch === epoch
    if (isOver && !entry.closed) live.skip(slice.position, 'epoch-changed')
    return slice
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

  #whenLive(entry: Entry, run: (live: LiveChannel) => void): void {
    if (entry.live !== undefined) run(entry.live)
    else if (entry.early.length < MAX_EARLY) entry.early.push(run)
    else entry.doubted = true
  }

  #accept(entry: Entry, live: LiveChannel, publication: Publication, epoch: string): void {
    if (epoch === live.position.epoch) live.accept(publication)
    else this.#doubt(entry, live)
    this.#fillWhenBehind(entry, live)
  }

  #fillWhenBehind(entry: Entry, live: LiveChannel): void {
    if (!isIncomplete(entry, live) || entry.filling !== undefined || entry.reading !== undefined) return
    if (entry.closed) return
    entry.filling = this.#clock.after(this.#options.reorderMs, () => {
      entry.filling = undefined
      if (isIncomplete(entry, live)) void this.#fill(entry, live)
    })
  }

  /** Something of another epoch was heard: whether this one is over, only a read that begins after it can tell. */
  #doubt(entry: Entry, live: LiveChannel): void {
    entry.doubted = true
    void this.#fill(entry, live)
  }

  // Fetches what did not arrive. What the history no longer holds is a gap that every subscriber is told of.
  // Never rejects: what could not be read is read again as long as the channel is incomplete.
  #fill(entry: Entry, live: LiveChannel): Promise<void> {
    if (entry.closed) return Promise.resolve()
    entry.reading ??= this.#fillOnce(entry, live).finally(() => {
      entry.reading = undefined
      this.#fillWhenBehind(entry, live)
    })
    return entry.reading
  }

  async #fillOnce(entry: Entry, live: LiveChannel): Promise<void> {
    const { doubted } = entry
    entry.doubted = false
    try {
      await this.#catchUp(entry, live)
    } catch (error) {
      entry.doubted ||= doubted
      if (!(error instanceof NowcastError)) this.#onFailure(entry.key, error)
    }
  }

  #applyFill(live: LiveChannel, head: Position, publications: readonly Publication[]): void {
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

const isAhead = (asked: Position | undefined, current: Position): boolean =>
  asked !== undefined && asked.epoch === current.epoch && asked.offset > current.offset

const isIncomplete = (entry: Entry, live: LiveChannel): boolean => live.behind || entry.doubted
