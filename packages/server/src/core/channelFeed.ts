// What flows into one live channel: opened from the engine and the history, kept complete by fetching what was lost.
import { NowcastError, type Position, type Publication } from '@nowcast/protocol'
import type { Engine } from '../engine/engine.ts'
import type { History, HistorySlice } from '../engine/history.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { Clock, Timer } from '../foundation/clock.ts'
import { type DeliveryOptions, LiveChannel } from './liveChannel.ts'

/** What kind of channel a name stands for. */
export interface ChannelNature extends DeliveryOptions {
  readonly history: History
  /** Its publications have a place that the engine does not know, and are expected without the engine too. */
  readonly relayed: boolean
  /** Called on this node once the channel is live; what came before is not delivered. */
  readonly opened?: () => void
  /** Called on this node after each delivered publication. */
  readonly delivered?: (publication: Publication) => void
}

/** What a feed works with. */
export interface ChannelFeedParts {
  readonly key: ChannelKey
  readonly nature: ChannelNature
  readonly engine: Pick<Engine, 'subscribe' | 'unsubscribe'>
  readonly clock: Clock
  /** How long a missing publication may be on its way before it is fetched from the history. */
  readonly reorderMs: number
  /** Called after each publication, with the number of connections it went to. */
  readonly onDeliveries: (count: number) => void
  /** Hears why the history could not be read, unless it is out of reach; it is read again. */
  readonly onFailure: (key: ChannelKey, error: unknown) => void
}

/** Publications that may arrive while a channel is being opened; further ones are fetched afterwards. */
const MAX_EARLY = 1_000
/** Publications fetched at once when some were lost. */
const FILL_PAGE = 500

/** Brings a channel's publications to its subscribers on this node, all of them. */
export class ChannelFeed {
  readonly key: ChannelKey
  readonly nature: ChannelNature
  /** The live channel, once its place is known. Rejects with `unavailable` when it can't be opened now. */
  readonly opened: Promise<LiveChannel>
  readonly #parts: ChannelFeedParts
  #live: LiveChannel | undefined
  /** What arrived while the channel was being opened. */
  #early: ((live: LiveChannel) => void)[] = []
  #filling: Timer | undefined
  #reading: Promise<void> | undefined
  /** Something was heard of that this node does not have: of another epoch, or more than could be kept while opening. */
  #doubted = false
  #closed = false

  constructor(parts: ChannelFeedParts) {
    this.key = parts.key
    this.nature = parts.nature
    this.#parts = parts
    this.opened = Promise.resolve().then(() => this.#open())
  }

  /** The live channel, or undefined while it is being opened. */
  get live(): LiveChannel | undefined {
    return this.#live
  }

  /** True once nothing flows any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** Takes a publication of any epoch, in any order. */
  accept(publication: Publication, epoch: string): void {
    this.#whenLive((live) => {
      if (epoch === live.position.epoch) live.accept(publication)
      else this.#doubt(live)
      this.#fillWhenIncomplete(live)
    })
  }

  /** Takes note of the channel's place. */
  moved({ epoch, offset }: Position): void {
    this.#whenLive((live) => {
      if (epoch === live.position.epoch) live.expect(offset)
      else this.#doubt(live)
      this.#fillWhenIncomplete(live)
    })
  }

  /** Takes note that an offset of the channel's epoch exists. */
  expect(offset: number): void {
    this.#whenLive((live) => {
      live.expect(offset)
      this.#fillWhenIncomplete(live)
    })
  }

  /**
   * Fetches what this node may not have heard of yet; a read that begins now has it.
   * @throws NowcastError `unavailable`
   */
  async catchUp(live: LiveChannel): Promise<void> {
    const { position, publications } = await this.read(live, live.position.offset, FILL_PAGE)
    if (!this.#closed && position.epoch === live.position.epoch) fill(live, position, publications)
  }

  /**
   * Reads what comes after an offset of the channel's epoch, and finds out when that epoch is over.
   * @throws NowcastError `unavailable`
   */
  async read(live: LiveChannel, after: number, limit: number): Promise<HistorySlice> {
    const { epoch } = live.position
    const slice = await this.nature.history.read(this.key, { after, limit })
    const isOver = slice.position.epoch !== epoch && live.position.epoch === epoch
    if (isOver && !this.#closed) live.skip(slice.position, 'epoch-changed')
    return slice
  }

  /** Ends the flow. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#filling?.cancel()
    // Nothing here can mend a failing engine; it forgets its subscriptions itself when it reconnects or stops.
    this.#parts.engine.unsubscribe(this.key).catch(() => {})
  }

  // The engine's stream first, then the history: a publication in between is in one of them, or in both.
  async #open(): Promise<LiveChannel> {
    const { key, nature } = this
    await this.#parts.engine.subscribe(key, { relayed: nature.relayed })
    const { position, publications } = await nature.history.read(key, { limit: Math.max(nature.tail, 1) })
    const channel = { key, name: splitChannelKey(key).channel, position }
    const live = new LiveChannel(channel, nature, (publication, deliveries) => {
      this.#parts.onDeliveries(deliveries)
      nature.delivered?.(publication)
    })
    live.remember(publications)
    this.#live = live
    nature.opened?.()
    for (const run of this.#early) run(live)
    this.#early = []
    this.#fillWhenIncomplete(live)
    return live
  }

  #whenLive(run: (live: LiveChannel) => void): void {
    if (this.#live !== undefined) run(this.#live)
    else if (this.#early.length < MAX_EARLY) this.#early.push(run)
    else this.#doubted = true
  }

  /** Something of another epoch was heard: whether this one is over, only a read that begins after it can tell. */
  #doubt(live: LiveChannel): void {
    this.#doubted = true
    this.#fill(live)
  }

  #fillWhenIncomplete(live: LiveChannel): void {
    if (!this.#isIncomplete(live) || this.#filling !== undefined || this.#reading !== undefined) return
    if (this.#closed) return
    this.#filling = this.#parts.clock.after(this.#parts.reorderMs, () => {
      this.#filling = undefined
      if (this.#isIncomplete(live)) this.#fill(live)
    })
  }

  #isIncomplete(live: LiveChannel): boolean {
    return live.behind || this.#doubted
  }

  // Fetches what did not arrive; what could not be read is read again as long as the channel is incomplete.
  #fill(live: LiveChannel): void {
    if (this.#closed) return
    this.#reading ??= this.#fillOnce(live).finally(() => {
      this.#reading = undefined
      this.#fillWhenIncomplete(live)
    })
  }

  async #fillOnce(live: LiveChannel): Promise<void> {
    const doubted = this.#doubted
    this.#doubted = false
    try {
      await this.catchUp(live)
    } catch (error) {
      this.#doubted ||= doubted
      if (!(error instanceof NowcastError)) this.#parts.onFailure(this.key, error)
    }
  }
}

/** Takes in what was read. What the history no longer holds is a gap that every subscriber is told of. */
function fill(live: LiveChannel, head: Position, publications: readonly Publication[]): void {
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
