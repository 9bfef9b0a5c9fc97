// What was promised, and what arrived: every invariant is checked here, most of them the moment something happens.
import type { Position, Publication } from '@nowcast/protocol'
import type { World } from './world.ts'

/** What of a channel's past can be had. */
export type ChannelKind =
  /** All of it, for as long as the engine's memory lasts. */
  | 'kept'
  /** Only the newest, for a short while. */
  | 'short'
  /** Nothing. */
  | 'live'
  /** All of it, for ever. */
  | 'conversation'

/** How a gap is told. */
export interface ToldGap {
  readonly reason: string
  readonly position: Position
}

interface Placed {
  readonly id: string
  readonly time: number
}

/** The truth about every channel, and who has heard what of it. */
export class Ledger {
  readonly #world: World
  readonly #idempotencyWindowMs: number
  readonly #recoveryLimit: number
  /** By channel and epoch, the events in order of their offsets. */
  readonly #truth = new Map<string, Placed[]>()
  /** By channel, epoch and event id. */
  readonly #placedIds = new Map<string, number>()
  #deliveries = 0
  #gaps = 0
  #acknowledged = 0

  constructor(
    world: World,
    options: { readonly idempotencyWindowMs: number; readonly recoveryLimit: number },
  ) {
    this.#world = world
    this.#idempotencyWindowMs = options.idempotencyWindowMs
    this.#recoveryLimit = options.recoveryLimit
  }

  /** How much happened, to see that a simulation is not idle. */
  get counts(): { readonly deliveries: number; readonly gaps: number; readonly acknowledged: number } {
    return { deliveries: this.#deliveries, gaps: this.#gaps, acknowledged: this.#acknowledged }
  }

  /** An event got its place. @param time by the clock of who gave it */
  placed(channel: string, epoch: string, offset: number, id: string, time: number): void {
    this.#world.note('truth', 'places', `${channel} ${epoch}@${offset}`, id)
    const events = this.#truth.get(`${channel} ${epoch}`) ?? []
    this.#truth.set(`${channel} ${epoch}`, events)
    if (events.length !== offset - 1)
      this.#fail('offsets have no holes', `${channel} ${epoch}@${offset} follows ${events.length}`)
    events.push({ id, time })
    const before = this.#placedIds.get(`${channel} ${epoch} ${id}`)
    if (before !== undefined && time - before < this.#idempotencyWindowMs) {
      this.#fail('one id has one place', `${channel} ${epoch}@${offset} is ${id} again`)
    }
    this.#placedIds.set(`${channel} ${epoch} ${id}`, time)
  }

  /** A publisher was answered. */
  acknowledged(channel: string, id: string, { epoch, offset }: Position): void {
    this.#acknowledged += 1
    this.#world.note('truth', 'acknowledged', `${channel} ${epoch}@${offset}`, id)
    this.#requireTruth('an acknowledged place holds its event', channel, { epoch, offset }, id)
  }

  /** Watches one subscriber of one channel. */
  subscriber(name: string, channel: string, kind: ChannelKind): Subscriber {
    return new Subscriber(this, this.#world, { name, channel, kind, recoveryLimit: this.#recoveryLimit })
  }

  /** @param id what a subscriber heard, or a publisher was told, to be at `position` */
  #requireTruth(invariant: string, channel: string, { epoch, offset }: Position, id: string): void {
    const placed = this.#truth.get(`${channel} ${epoch}`)?.[offset - 1]
    if (placed?.id !== id)
      this.#fail(invariant, `${channel} ${epoch}@${offset} is ${placed?.id}, and was said to be ${id}`)
  }

  heard(name: string, channel: string, position: Position, id: string): void {
    this.#deliveries += 1
    this.#requireTruth(`all agree on what stands where`, channel, position, `${id}`)
    this.#world.note(name, 'hears', `${channel} ${position.epoch}@${position.offset}`, id)
  }

  told(): void {
    this.#gaps += 1
  }

  #fail(invariant: string, detail: string): void {
    this.#world.fail(invariant, detail)
  }
}

/** One subscriber's way through a channel: in order, without holes, nothing twice, but for gaps that were told. */
export class Subscriber {
  readonly channel: string
  readonly kind: ChannelKind
  readonly #ledger: Ledger
  readonly #world: World
  readonly #name: string
  readonly #recoveryLimit: number
  #at: Position | undefined

  constructor(
    ledger: Ledger,
    world: World,
    of: {
      readonly name: string
      readonly channel: string
      readonly kind: ChannelKind
      readonly recoveryLimit: number
    },
  ) {
    this.#ledger = ledger
    this.#world = world
    this.#name = of.name
    this.channel = of.channel
    this.kind = of.kind
    this.#recoveryLimit = of.recoveryLimit
  }

  /** Everything up to here was heard, or lies behind a gap; undefined before the subscription began. */
  get at(): Position | undefined {
    return this.#at
  }

  /** The subscription is live from `position` on. */
  began(position: Position): void {
    if (this.#at !== undefined) return
    this.#at = position
    this.#world.note(this.#name, 'begins', this.#shown(position))
  }

  event(publication: Publication, { epoch }: Position): void {
    const { offset, id } = publication
    const at = this.#at
    if (at === undefined)
      this.#fail('nothing arrives before the subscription', this.#shown({ epoch, offset }))
    else if (at.epoch !== epoch || offset !== at.offset + 1) {
      this.#fail(
        'in order, without holes, nothing twice',
        `${this.#shown({ epoch, offset })} after ${this.#shown(at)}`,
      )
    }
    this.#at = { epoch, offset }
    this.#ledger.heard(this.#name, this.channel, { epoch, offset }, id)
  }

  gap({ reason, position }: ToldGap): void {
    const at = this.#at
    this.#at = position
    this.#ledger.told()
    this.#world.note(this.#name, 'gap', this.#shown(position), reason)
    if (at !== undefined && !this.#isJustified(reason, at, position)) {
      this.#fail('no gap without a cause', `${reason} from ${this.#shown(at)} to ${this.#shown(position)}`)
    }
  }

  /** Everything healed: the subscriber must be where the channel is. */
  requireAt(head: Position): void {
    if (this.#at?.epoch === head.epoch && this.#at.offset === head.offset) return
    this.#fail('everybody catches up', `${this.#shown(this.#at)} is behind ${head.epoch}@${head.offset}`)
  }

  #isJustified(reason: string, from: Position, to: Position): boolean {
    if (from.epoch !== to.epoch) return this.kind !== 'conversation'
    const missed = to.offset - from.offset
    if (reason === 'too-much') return missed > this.#recoveryLimit
    return missed > 0 && (this.kind === 'short' || this.kind === 'live')
  }

  #shown(position: Position | undefined): string {
    const place = position === undefined ? 'nowhere' : `${position.epoch}@${position.offset}`
    return `${this.#name} on ${this.channel} at ${place}`
  }

  #fail(invariant: string, detail: string): void {
    this.#world.fail(invariant, detail)
  }
}
