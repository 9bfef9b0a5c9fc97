// What this node tells the others of its subscribers: which channels have some, and how many where that is wanted.
import type { Hub } from '../../core/hub.ts'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import { GatheringWindow } from '../../foundation/gatheringWindow.ts'
import type { Entries } from '../presence/entries.ts'
import { countPlace, isInternal, occupiedPlace } from './places.ts'

/** What an app's other nodes want to know. */
export interface OccupancyWishes {
  /** Whether somebody hears what becomes of channels. */
  readonly turnover: boolean
  /** Whether the number of subscribers is told. */
  readonly counts: boolean
}

/** What marks work with. */
export interface OccupiedMarksParts {
  /** This node's name. */
  readonly node: string
  readonly hub: Pick<Hub, 'liveChannels' | 'subscriberCount'>
  readonly entries: Pick<Entries, 'keep' | 'leave'>
  readonly clock: Clock
  readonly wishes: (app: string) => OccupancyWishes
}

/** How long changes of a channel's number wait to be told together. */
const COUNT_WINDOW_MS = 100

/** Tells the other nodes of this one's subscribers. */
export class OccupiedMarks {
  readonly #parts: OccupiedMarksParts
  /** Channels that the others know to have subscribers here. */
  readonly #marked = new Set<ChannelKey>()
  /** Channels whose number the others know, by what it is. */
  readonly #counted = new Map<ChannelKey, number>()
  /** Those whose number may be another one by now. */
  #changed = new Set<ChannelKey>()
  readonly #window: GatheringWindow

  constructor(parts: OccupiedMarksParts) {
    this.#parts = parts
    this.#window = new GatheringWindow({
      clock: parts.clock,
      flush: async () => this.#tellCounts(),
      isWaiting: () => this.#changed.size > 0,
      windowMs: () => COUNT_WINDOW_MS,
    })
  }

  /** A connection has subscribed, or its subscription has ended. */
  changed(key: ChannelKey): void {
    const { app, channel } = splitChannelKey(key)
    if (isInternal(channel)) return
    const wishes = this.#parts.wishes(app)
    if (wishes.turnover || this.#marked.has(key)) this.#mark(key, app, channel)
    if (wishes.counts || this.#counted.has(key)) this.#countLater(key)
  }

  /** Tells of all subscribers whom others want to know of by now. */
  tellAll(): void {
    for (const key of this.#parts.hub.liveChannels()) {
      if (this.#parts.hub.subscriberCount(key) > 0) this.changed(key)
    }
  }

  /** Tells nothing any more; what was told is taken back by who holds the entries. */
  async stop(): Promise<void> {
    this.#changed.clear()
    await this.#window.stop()
  }

  #mark(key: ChannelKey, app: string, channel: string): void {
    const { hub, entries, clock } = this.#parts
    const isOccupied = hub.subscriberCount(key) > 0
    if (isOccupied === this.#marked.has(key)) return
    if (isOccupied) {
      this.#marked.add(key)
      entries.keep(occupiedPlace(app), channel, { at: clock.now() })
      return
    }
    this.#marked.delete(key)
    entries.leave(occupiedPlace(app), channel).catch(() => {})
  }

  #countLater(key: ChannelKey): void {
    this.#changed.add(key)
    this.#window.open()
  }

  #tellCounts(): void {
    const { node, hub, entries } = this.#parts
    const changed = this.#changed
    this.#changed = new Set()
    for (const key of changed) {
      const count = hub.subscriberCount(key)
      if (count === (this.#counted.get(key) ?? 0)) continue
      if (count > 0) {
        this.#counted.set(key, count)
        entries.keep(countPlace(key), node, count)
      } else {
        this.#counted.delete(key)
        entries.leave(countPlace(key), node).catch(() => {})
      }
    }
  }
}
