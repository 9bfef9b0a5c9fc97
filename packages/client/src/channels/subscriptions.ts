// Every channel that anybody on the page listens to, subscribed once, and kept without holes across reconnections.
import {
  type GapReason,
  limits,
  NowcastError,
  type Position,
  type Publication,
  type Push,
  type SubscribeResult,
} from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import { guard, Variable } from '../observable.ts'
import { systemTimers, type Timers } from '../timers.ts'

/** Where a channel stands. */
export interface ChannelSnapshot {
  readonly state: 'idle' | 'subscribing' | 'subscribed' | 'refused'
  readonly error?: NowcastError
  /** Everything up to here was delivered. */
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

interface Entry {
  readonly name: string
  readonly listeners: Set<ChannelListener>
  readonly snapshot: Variable<ChannelSnapshot>
  position: Position | undefined
  latestOnly: boolean
  /** Counts subscribe commands, so that the reply to an outdated one is not taken for the current. */
  asked: number
  cancelLeave: () => void
}

/** How long a channel nobody listens to stays subscribed: route changes and remounts come back at once. */
const GRACE_MS = 1_000
const RETRY_MS = 1_000

/** The page's channels. */
export class Subscriptions {
  readonly #connection: Connection
  readonly #timers: Timers
  readonly #entries = new Map<string, Entry>()
  #wanted = new Set<Entry>()

  constructor(connection: Connection, timers: Timers = systemTimers) {
    this.#connection = connection
    this.#timers = timers
    connection.listen({
      established: () => {
        for (const entry of this.#entries.values()) if (entry.listeners.size > 0) this.#want(entry)
      },
      lost: () => {
        for (const entry of this.#entries.values()) {
          entry.asked += 1
          if (entry.snapshot.getSnapshot().state === 'subscribed') this.#show(entry, 'subscribing')
        }
      },
      push: (push) => this.#receive(push),
    })
  }

  /** Listens to a channel, which is subscribed from the first listener to the last. @returns stops that */
  listen(name: string, listener: ChannelListener): () => void {
    const entry = this.#entry(name)
    entry.cancelLeave()
    entry.listeners.add(listener)
    const { state } = entry.snapshot.getSnapshot()
    if (state === 'idle' || state === 'refused') this.#want(entry)
    if (this.#connection.state === 'idle') this.#connection.connect()
    return () => {
      if (!entry.listeners.delete(listener) || entry.listeners.size > 0) return
      entry.cancelLeave()
      entry.cancelLeave = this.#timers.after(GRACE_MS, () => this.#leave(entry))
    }
  }

  /** Where a channel stands. */
  snapshot(name: string): Variable<ChannelSnapshot> {
    return this.#entry(name).snapshot
  }

  /** Goes on after `position`, which the owner has loaded by other means. */
  moveTo(name: string, position: Position): void {
    const entry = this.#entry(name)
    if (entry.position === undefined) entry.position = position
  }

  #entry(name: string): Entry {
    const existing = this.#entries.get(name)
    if (existing !== undefined) return existing
    const entry: Entry = {
      name,
      listeners: new Set(),
      snapshot: new Variable<ChannelSnapshot>({ state: 'idle' }),
      position: undefined,
      latestOnly: false,
      asked: 0,
      cancelLeave: () => {},
    }
    this.#entries.set(name, entry)
    return entry
  }

  #leave(entry: Entry): void {
    if (entry.listeners.size > 0) return
    entry.asked += 1
    entry.position = undefined
    this.#wanted.delete(entry)
    this.#show(entry, 'idle')
    if (entry.snapshot.size === 0) this.#entries.delete(entry.name)
    this.#connection.request('unsubscribe', { channels: [entry.name] }).catch(() => {})
  }

  /** Subscribes with all others that are wanted in this turn. */
  #want(entry: Entry): void {
    entry.asked += 1
    this.#show(entry, 'subscribing')
    if (this.#wanted.size === 0) queueMicrotask(() => this.#subscribeWanted())
    this.#wanted.add(entry)
  }

  #subscribeWanted(): void {
    const wanted = [...this.#wanted]
    this.#wanted = new Set()
    for (let start = 0; start < wanted.length; start += limits.channelsPerCommand) {
      void this.#subscribe(wanted.slice(start, start + limits.channelsPerCommand))
    }
  }

  async #subscribe(entries: readonly Entry[]): Promise<void> {
    const asked = entries.map((entry) => entry.asked)
    const channels = entries.map(({ name, position }) => ({
      channel: name,
      ...(position === undefined ? {} : { position }),
    }))
    try {
      const results = (await this.#connection.request('subscribe', { channels })).channels
      for (const [index, entry] of entries.entries()) {
        const result = results[index]
        if (entry.asked === asked[index] && result !== undefined) this.#settle(entry, result)
      }
    } catch (error) {
      // Without a connection they are subscribed when there is one again.
      if (error instanceof NowcastError && error.code !== 'not_connected') {
        for (const entry of entries) this.#refuse(entry, error)
      }
    }
  }

  #settle(entry: Entry, result: SubscribeResult): void {
    if ('error' in result) {
      this.#refuse(entry, NowcastError.fromWire(result.error))
      return
    }
    entry.latestOnly = result.latestOnly ?? false
    if (result.recovery === 'gap') {
      this.#skip(entry, { reason: result.reason, position: result.position })
    } else if (result.recovery === 'recovered') {
      for (const publication of result.publications ?? []) this.#deliver(entry, publication)
    }
    entry.position = result.position
    this.#show(entry, 'subscribed')
  }

  #refuse(entry: Entry, error: NowcastError): void {
    entry.snapshot.set({ state: error.retryable ? 'subscribing' : 'refused', error })
    const { asked } = entry
    if (!error.retryable) return
    this.#timers.after(error.retryAfterMs ?? RETRY_MS, () => {
      if (entry.asked === asked && entry.listeners.size > 0) this.#want(entry)
    })
  }

  #receive(push: Push): void {
    if (push.type !== 'event' && push.type !== 'gap' && push.type !== 'unsubscribed') return
    const entry = this.#entries.get(push.channel)
    if (entry === undefined || entry.listeners.size === 0) return
    if (push.type === 'event') {
      const { type: _, ...publication } = push
      this.#accept(entry, publication)
    } else if (push.type === 'gap') this.#skip(entry, { reason: push.reason, position: push.position })
    else {
      entry.asked += 1
      entry.position = undefined
      entry.snapshot.set({ state: 'refused', error: NowcastError.fromWire(push.error) })
    }
  }

  #accept(entry: Entry, publication: Publication): void {
    const { position } = entry
    // Until the reply to a subscribe has come, what arrives is in the recovery that it brings.
    if (position === undefined || entry.snapshot.getSnapshot().state !== 'subscribed') return
    if (publication.offset <= position.offset) return
    if (publication.offset > position.offset + 1 && !entry.latestOnly) this.#want(entry)
    else this.#deliver(entry, publication)
  }

  #deliver(entry: Entry, publication: Publication): void {
    const { position } = entry
    if (position === undefined || publication.offset <= position.offset) return
    entry.position = { epoch: position.epoch, offset: publication.offset }
    for (const listener of [...entry.listeners]) guard(() => listener.event?.(publication))
  }

  #skip(entry: Entry, gap: ChannelGap): void {
    entry.position = gap.position
    for (const listener of [...entry.listeners]) guard(() => listener.gap?.(gap))
  }

  #show(entry: Entry, state: ChannelSnapshot['state']): void {
    const { position } = entry
    entry.snapshot.set(position === undefined ? { state } : { state, position })
  }
}
