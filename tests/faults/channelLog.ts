// What one subscriber of an ordinary channel was told, in order: events with their places, and gaps.
import type { NowcastClient } from '@nowcast/client'
import type { GapReason, Position } from '@nowcast/protocol'
import type { Journal } from './journal.ts'

/** An event, or a gap from one place to another. */
export type Heard =
  | { readonly kind: 'event'; readonly at: Position; readonly id: string }
  | { readonly kind: 'gap'; readonly from: Position; readonly at: Position; readonly reason: GapReason }

/** A place as it is shown. */
export const shown = ({ epoch, offset }: Position): string => `${epoch.slice(0, 8)}@${offset}`

/** Follows one channel for one client. */
export class ChannelLog {
  readonly subscriber: string
  readonly channel: string
  readonly heard: Heard[] = []
  /** What contradicts itself, without a look at others. */
  readonly broken: string[] = []
  /** Where the subscription began; undefined before. */
  begin: Position | undefined
  readonly #client: NowcastClient
  readonly #journal: Journal
  #at: Position | undefined

  constructor(subscriber: string, client: NowcastClient, channel: string, journal: Journal) {
    this.subscriber = subscriber
    this.channel = channel
    this.#client = client
    this.#journal = journal
    const live = client.channel(channel)
    live.onState(({ state, position }) => {
      journal.note(subscriber, `${channel} is ${state}${position ? ` from ${shown(position)}` : ''}`)
      if (state === 'subscribed' && position !== undefined) this.#subscribed(position)
    })
    live.onAny(({ offset, id, data }) => this.#event(offset, id, data))
    live.onGap(({ reason, position }) => this.#gap(reason, position))
  }

  /** True when everything that is published from now on reaches this subscriber. */
  get isSubscribed(): boolean {
    return this.#client.channel(this.channel).getSnapshot().state === 'subscribed'
  }

  /** True once everything up to a place was told. */
  hasReached({ epoch, offset }: Position): boolean {
    return this.#at?.epoch === epoch && this.#at.offset >= offset
  }

  #subscribed(position: Position): void {
    this.begin ??= position
    this.#at ??= position
    if (this.#at.epoch !== position.epoch)
      this.#break(`is subscribed at ${shown(position)} after ${shown(this.#at)}, and was told of no gap`)
  }

  #event(offset: number, id: string, data: unknown): void {
    const before = this.#at
    if (before === undefined) {
      this.#break(`received ${id}@${offset} before the subscription`)
      return
    }
    // Events do not name their epoch: it is that of the subscription or of the last gap.
    const at = { epoch: before.epoch, offset }
    this.#at = at
    this.heard.push({ kind: 'event', at, id })
    this.#journal.note(this.subscriber, `${this.channel} hears ${shown(at)} ${id}`)
    if (offset !== before.offset + 1) this.#break(`received ${shown(at)} after ${shown(before)}`)
    if (data !== id) this.#break(`received ${shown(at)} ${id} with the data ${JSON.stringify(data)}`)
  }

  #gap(reason: GapReason, at: Position): void {
    const from = this.#at ?? at
    this.#at = at
    this.heard.push({ kind: 'gap', from, at, reason })
    this.#journal.note(this.subscriber, `${this.channel} has a gap ${shown(from)} to ${shown(at)}: ${reason}`)
  }

  #break(what: string): void {
    this.broken.push(`${this.subscriber} on ${this.channel} ${what}`)
    this.#journal.note(this.subscriber, `${this.channel} BROKEN: ${what}`)
  }
}
