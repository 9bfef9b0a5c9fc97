// One channel of the page: who listens, where it stands, and the order of what arrives. It knows no connection: its
// owner subscribes it when it says that something is missing.
import type { GapReason, NowcastError, Position, Publication } from '@nowcast/protocol'
import { tell, Variable } from '../observable.ts'

/** Where a channel stands. */
export interface ChannelSnapshot {
  readonly state: 'idle' | 'subscribing' | 'subscribed' | 'refused'
  readonly error?: NowcastError
  /** Everything up to here was delivered when the channel was last subscribed. */
  readonly position?: Position
}

/** Continuity was lost: load the state anew; events after `position` follow. */
export interface ChannelGap {
  readonly reason: GapReason
  readonly position: Position
}

/** Hears what arrives on a channel. */
export interface ChannelListener {
  event?(publication: Publication): void
  gap?(gap: ChannelGap): void
}

/** What has a place in a channel: an event, or what stands for one that is not for this connection. */
export type Placed = Publication | { readonly offset: number; readonly name?: never }

/** What arrives on a channel. */
export type Arrival =
  | { readonly event: Placed; readonly gap?: never }
  | { readonly gap: ChannelGap; readonly event?: never }

/** Where a channel begins that nobody has listened to yet. */
export const idleChannel: ChannelSnapshot = { state: 'idle' }

/** Arrivals kept while a subscribe command is under way; what is beyond is asked for again. */
const MAX_EARLY = 1_000

/** A channel that somebody listens to. */
export class ChannelEntry {
  readonly name: string
  readonly listeners = new Set<ChannelListener>()
  readonly snapshot = new Variable<ChannelSnapshot>(idleChannel)
  /** Everything up to here was delivered. */
  position: Position | undefined
  latestOnly = false
  /** Counts subscribe commands, so that the reply to an outdated one is not taken for the current. */
  asked = 0
  /** Refusals in a row. */
  refusals = 0
  /** The connection on which the application's backend has allowed it. */
  granted: string | undefined
  /** Replies in a row that did not bring what they should have. */
  fruitless = 0
  /** Set while nobody listens. */
  cancelLeave = () => {}
  /** Set while a refusal is waited out. */
  cancelRetry = () => {}
  /** Ids of the page's connections, which may have asked not to hear of their own events. */
  readonly #own: readonly string[]
  #early: Arrival[] = []
  #overflowed = false

  constructor(name: string, own: readonly string[]) {
    this.name = name
    this.#own = own
  }

  get state(): ChannelSnapshot['state'] {
    return this.snapshot.getSnapshot().state
  }

  /** True when nobody needs it any more. */
  get forgettable(): boolean {
    return this.listeners.size === 0 && this.snapshot.size === 0 && this.state === 'idle'
  }

  show(state: ChannelSnapshot['state'], error?: NowcastError): void {
    const { position } = this
    const shown = this.snapshot.getSnapshot()
    if (shown.state === state && shown.error === error && shown.position === position) return
    const facts = { ...(error && { error }), ...(position && { position }) }
    this.snapshot.set(state === 'idle' ? idleChannel : { state, ...facts })
  }

  /** True when something was delivered, or is to begin, before `position`. */
  isBefore({ offset }: Position): boolean {
    return this.position !== undefined && this.position.offset < offset
  }

  /**
   * Takes what arrived live. Before the reply to a subscribe command has come, it waits: what lies before it comes with the reply.
   * @returns false when something before it is missing
   */
  accept(arrival: Arrival): boolean {
    if (this.state === 'subscribing') {
      if (this.#early.length < MAX_EARLY) this.#early.push(arrival)
      else this.#overflowed = true
      return true
    }
    if (this.state !== 'subscribed') return true
    if (arrival.gap === undefined) return this.deliver(arrival.event)
    const { position } = arrival.gap
    // One that lies before what a recovery has brought since is mended already.
    if (this.position?.epoch !== position.epoch || this.isBefore(position)) this.skip(arrival.gap)
    return true
  }

  /** Takes what arrived before the reply. @returns false when something is missing */
  acceptEarly(): boolean {
    const early = this.#ofThisEpoch()
    const complete = !this.#overflowed
    this.forgetEarly()
    for (const arrival of early) {
      if (!this.accept(arrival)) return false
    }
    return complete
  }

  // Events do not name their epoch. When the channel's history began anew before the reply, what came before that gap is
  // of another epoch, and its offsets mean nothing in this one.
  #ofThisEpoch(): Arrival[] {
    const begin = this.#early.map(({ gap }) => gap?.position.epoch).lastIndexOf(this.position?.epoch ?? '')
    return this.#early.slice(Math.max(begin, 0))
  }

  forgetEarly(): void {
    this.#early = []
    this.#overflowed = false
  }

  /** Delivers an event when it is next; drops it when it was delivered before. @returns false when one before it is missing */
  deliver(placed: Placed): boolean {
    const { position } = this
    const { offset } = placed
    if (position === undefined) return false
    if (offset <= position.offset) return true
    if (offset > position.offset + 1 && !this.latestOnly) return false
    this.position = { epoch: position.epoch, offset }
    // A recovery also brings what was spared its publisher.
    if (placed.name !== undefined && !this.#own.includes(placed.exclude ?? '')) {
      tell(this.listeners, (listener) => listener.event?.(placed))
    }
    return true
  }

  /** Goes on from another place, and says so. */
  skip(gap: ChannelGap): void {
    this.position = gap.position
    tell(this.listeners, (listener) => listener.gap?.(gap))
  }
}
