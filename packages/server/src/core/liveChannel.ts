// A channel that has subscribers on this node: their list, the channel's place, and the fan-out to them.
import type { Position, Publication, WireError } from '@nowcast/protocol'
import type { ChannelKey } from '../foundation/channelKey.ts'
import type { Connection, Gap, Subscription, WireFormat } from './connection.ts'
import { Sequencer } from './sequencer.ts'
import { Tail } from './tail.ts'

/** How a channel is delivered. */
export interface DeliveryOptions {
  /** Publications kept in this node's memory for recoveries. */
  readonly tail: number
  /** Superseded events may be dropped for a slow reader. */
  readonly latestOnly: boolean
  /** Events leave at once, without waiting for the turn to end. */
  readonly urgent: boolean
}

/** Publications kept while an earlier one is missing. */
const MAX_WAITING = 1000

/** A channel's subscribers on this node, and everything that reaches them. */
export class LiveChannel {
  readonly key: ChannelKey
  readonly name: string
  readonly #options: DeliveryOptions
  readonly #tail: Tail
  readonly #byFormat = new Map<WireFormat, Subscription[]>()
  readonly #onDelivered: (publication: Publication, deliveries: number) => void
  #sequencer: Sequencer
  #epoch: string

  /** @param onDelivered called after each publication, with the number of connections it went to */
  constructor(
    channel: { readonly key: ChannelKey; readonly name: string; readonly position: Position },
    options: DeliveryOptions,
    onDelivered: (publication: Publication, deliveries: number) => void,
  ) {
    this.key = channel.key
    this.name = channel.name
    this.#options = options
    this.#tail = new Tail(options.tail)
    this.#epoch = channel.position.epoch
    this.#sequencer = new Sequencer(channel.position.offset, MAX_WAITING)
    this.#onDelivered = onDelivered
  }

  /** Everything up to here was delivered. */
  get position(): Position {
    return { epoch: this.#epoch, offset: this.#sequencer.offset }
  }

  /** True when publications are known to exist that have not arrived. */
  get behind(): boolean {
    return this.#sequencer.behind
  }

  /** Subscriptions on this node. */
  get size(): number {
    let size = 0
    for (const subscriptions of this.#byFormat.values()) size += subscriptions.length
    return size
  }

  /** The connections that subscribe on this node. */
  *connections(): Iterable<Connection> {
    for (const subscriptions of this.#byFormat.values())
      for (const { connection } of subscriptions) yield connection
  }

  /** Everything above `offset`, when it is still in memory. */
  recent(offset: number): readonly Publication[] | undefined {
    return this.#tail.after(offset)
  }

  /** Remembers publications that were delivered before this channel became live. */
  remember(publications: readonly Publication[]): void {
    for (const publication of publications) this.#tail.push(publication)
  }

  /** Adds a subscriber from the current position on; false when it is one already. */
  add(connection: Connection): boolean {
    if (connection.subscriptions.has(this.key)) return false
    let subscriptions = this.#byFormat.get(connection.format)
    if (subscriptions === undefined) {
      subscriptions = []
      this.#byFormat.set(connection.format, subscriptions)
    }
    const subscription: Subscription = { connection, index: subscriptions.length }
    subscriptions.push(subscription)
    connection.subscriptions.set(this.key, subscription)
    return true
  }

  /** Removes a subscriber; false when it was none. */
  remove(connection: Connection): boolean {
    const subscription = connection.subscriptions.get(this.key)
    if (subscription === undefined) return false
    connection.subscriptions.delete(this.key)
    const subscriptions = this.#byFormat.get(connection.format)
    const last = subscriptions?.pop()
    if (subscriptions !== undefined && last !== undefined && last !== subscription) {
      last.index = subscription.index
      subscriptions[subscription.index] = last
    }
    if (subscriptions?.length === 0) this.#byFormat.delete(connection.format)
    return true
  }

  /** Takes a publication of this channel's epoch, in any order. */
  accept(publication: Publication): void {
    this.#sequencer.accept(publication, this.#deliver)
  }

  /** Takes note that an offset exists. */
  expect(offset: number): void {
    this.#sequencer.expect(offset)
  }

  /** Goes on from a place that does not follow from the last one, and tells every subscriber. */
  skip(position: Position, reason: Gap['reason']): void {
    this.#tail.clear()
    const sameEpoch = position.epoch === this.#epoch
    this.#epoch = position.epoch
    const gap: Gap = { channel: this.name, position, reason }
    for (const [format, subscriptions] of this.#byFormat) {
      const frame = format.gap(gap)
      for (const { connection } of subscriptions) connection.outbox.push(frame)
    }
    if (sameEpoch) this.#sequencer.skipTo(position.offset, this.#deliver)
    else this.#sequencer = new Sequencer(position.offset, MAX_WAITING)
  }

  /** Ends the subscriptions that `matches` says, and tells them why. Answers whose they were. */
  expel(matches: (connection: Connection) => boolean, error: WireError): readonly Connection[] {
    const ended: Connection[] = []
    for (const [format, subscriptions] of this.#byFormat) {
      const expelled = subscriptions.filter(({ connection }) => matches(connection))
      if (expelled.length === 0) continue
      const frame = format.unsubscribed(this.name, error)
      for (const { connection } of expelled) {
        this.remove(connection)
        connection.outbox.push(frame)
        ended.push(connection)
      }
    }
    return ended
  }

  // Hot path: one encoding per format, then one push per subscriber. Guarded by the broadcast benchmark.
  readonly #deliver = (publication: Publication): void => {
    this.#tail.push(publication)
    let deliveries = 0
    for (const [format, everybody] of this.#byFormat) {
      const frame = format.event(publication)
      const subscriptions = this.#receivers(format, everybody, publication)
      deliveries += subscriptions.length
      if (this.#options.latestOnly) {
        for (const { connection } of subscriptions) connection.outbox.pushLatest(this.key, frame)
      } else {
        for (const { connection } of subscriptions) connection.outbox.push(frame)
      }
      if (this.#options.urgent) for (const { connection } of subscriptions) connection.outbox.flush()
    }
    this.#onDelivered(publication, deliveries)
  }

  /** Most publications exclude nobody; then nothing is copied. Who is excluded is told of the offset alone. */
  #receivers(
    format: WireFormat,
    everybody: readonly Subscription[],
    { exclude, offset }: Publication,
  ): readonly Subscription[] {
    if (exclude === undefined) return everybody
    const isExcluded = ({ connection }: Subscription) => connection.id === exclude
    const skipped = this.#options.latestOnly ? undefined : format.skipped?.(this.name, offset)
    if (skipped !== undefined) everybody.find(isExcluded)?.connection.outbox.push(skipped)
    return everybody.filter((subscription) => !isExcluded(subscription))
  }
}
