// What travels beside a channel's events, presence and typing, is watched on a subscribed channel: asked for again each
// time that it becomes subscribed, for all channels of one turn in one command.
import { limits, NowcastError, type Push, type WatchResult } from '@nowcast/protocol'
import type { ClientParts } from '../channels/channel.ts'
import { guard } from '../observable.ts'

/** What watching needs of the client. */
export type WatchParts = Pick<ClientParts, 'connection' | 'subscriptions' | 'timers'>

/** Whose channel is watched. */
export interface WatchOwner<Received> {
  received(push: Received): void
  /** Called each time the channel became subscribed: what the server knew of it before is gone. */
  subscribed(): void
  unsubscribed(): void
  /** The channel can't be subscribed, or not watched. */
  refused(error: NowcastError): void
  /** Nobody watches any more. */
  ended(): void
}

type Kind = 'presence' | 'typing'

/** How long what nobody watches any more stays watched: route changes and remounts come back at once. */
const GRACE_MS = 1_000
const RETRY_MS = 1_000

/** All channels on which one kind of news is heard. */
export class Watches<Received extends Push & { readonly channel: string }> {
  readonly parts: WatchParts
  readonly #kind: Kind
  readonly #all = new Set<Watch<Received>>()
  #wanted = new Set<Watch<Received>>()

  /** @param isNews true for what the owners are to receive */
  constructor(parts: WatchParts, kind: Kind, isNews: (push: Push) => push is Received) {
    this.parts = parts
    this.#kind = kind
    parts.connection.listen({
      push: (push) => {
        if (!isNews(push)) return
        for (const watch of [...this.#all]) if (watch.channel === push.channel) watch.receive(push)
      },
    })
  }

  /** A channel that is not kept or watched yet. */
  channel(name: string, owner: WatchOwner<Received>): Watch<Received> {
    return new Watch(name, owner, this)
  }

  /** Waits for nothing any more; for the end of the client. */
  close(): void {
    for (const watch of this.#all) watch.close()
  }

  begin(watch: Watch<Received>): void {
    this.#all.add(watch)
  }

  end(watch: Watch<Received>): void {
    this.#all.delete(watch)
    this.#wanted.delete(watch)
    const { channel, subscribed } = watch
    if (!subscribed || [...this.#all].some((other) => other.channel === channel)) return
    // A connection that is gone watches nothing either.
    this.parts.connection.request(`${this.#kind}.unwatch`, { channels: [channel] }).catch(() => {})
  }

  /** Watches with all others that are wanted in this turn. */
  want(watch: Watch<Received>): void {
    if (this.#wanted.size === 0) queueMicrotask(() => this.#askWanted())
    this.#wanted.add(watch)
  }

  #askWanted(): void {
    const wanted = [...this.#wanted]
    this.#wanted = new Set()
    for (let start = 0; start < wanted.length; start += limits.channelsPerCommand) {
      void this.#ask(wanted.slice(start, start + limits.channelsPerCommand))
    }
  }

  async #ask(watches: readonly Watch<Received>[]): Promise<void> {
    const asked = watches.map((watch) => watch.asked)
    let results: readonly WatchResult[] = []
    let failure: NowcastError | undefined
    try {
      const channels = watches.map(({ channel }) => channel)
      results = (await this.parts.connection.request(`${this.#kind}.watch`, { channels })).channels
    } catch (error) {
      failure = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
    }
    for (const [index, watch] of watches.entries()) {
      const wire = results[index]?.error
      if (watch.asked === asked[index]) watch.settle(failure ?? (wire && NowcastError.fromWire(wire)))
    }
  }
}

/** One channel on which one kind of news may be heard. */
export class Watch<Received extends Push & { readonly channel: string }> {
  readonly channel: string
  /** Counts what would make the answer to an earlier command outdated. */
  asked = 0
  subscribed = false
  readonly #owner: WatchOwner<Received>
  readonly #all: Watches<Received>
  #keepers = 0
  #watched = false
  #stop = () => {}
  #release = () => {}
  #cancelGrace = () => {}
  #cancelRetry = () => {}

  constructor(channel: string, owner: WatchOwner<Received>, all: Watches<Received>) {
    this.channel = channel
    this.#owner = owner
    this.#all = all
  }

  /** Keeps the channel subscribed. @returns stops that; to be called once */
  keep(): () => void {
    this.#keepers += 1
    if (this.#keepers === 1) this.#begin()
    return () => {
      this.#keepers -= 1
      if (this.#keepers > 0) return
      this.#stop()
      this.#become(false)
    }
  }

  /** Hears the channel's news. There is at most one who does. @returns stops that, after a while */
  watch(): () => void {
    this.#cancelGrace()
    if (!this.#watched) {
      this.#watched = true
      this.#all.begin(this)
      this.#release = this.keep()
      if (this.subscribed) this.#ask()
    }
    return () => {
      this.#cancelGrace = this.#all.parts.timers.after(GRACE_MS, () => {
        this.#watched = false
        this.#cancelRetry()
        this.#all.end(this)
        this.#release()
        this.#owner.ended()
      })
    }
  }

  close(): void {
    this.#cancelGrace()
    this.#cancelRetry()
  }

  receive(push: Received): void {
    guard(() => this.#owner.received(push))
  }

  /** Takes the answer to the latest command. */
  settle(error: NowcastError | undefined): void {
    // Without a connection it is asked for when there is one again.
    if (error === undefined || error.code === 'not_connected') return
    // The subscription may have crossed a loss on its way.
    if (!error.retryable && error.code !== 'not_subscribed') {
      this.#owner.refused(error)
      return
    }
    const { timers } = this.#all.parts
    const delayMs = error.retryAfterMs ?? RETRY_MS * (0.5 + timers.random())
    this.#cancelRetry = timers.after(delayMs, () => this.#ask())
  }

  #begin(): void {
    const { subscriptions } = this.#all.parts
    const check = () => {
      const { state, error } = subscriptions.state(this.channel)
      this.#become(state === 'subscribed')
      if (state === 'refused' && error !== undefined) this.#owner.refused(error)
    }
    const stopListening = subscriptions.listen(this.channel, {})
    const stopState = subscriptions.watch(this.channel, check)
    this.#stop = () => {
      stopListening()
      stopState()
    }
    check()
  }

  #become(subscribed: boolean): void {
    if (subscribed === this.subscribed) return
    this.subscribed = subscribed
    this.asked += 1
    this.#cancelRetry()
    if (subscribed) {
      if (this.#watched) this.#ask()
      this.#owner.subscribed()
    } else this.#owner.unsubscribed()
  }

  #ask(): void {
    this.#cancelRetry()
    this.asked += 1
    this.#all.want(this)
  }
}
