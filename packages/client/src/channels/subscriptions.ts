// Every channel that anybody on the page listens to, subscribed once, and kept without holes across reconnections.
import { limits, NowcastError, type Position, type Push, type SubscribeResult } from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import { isPosition } from '../connection/incoming.ts'
import type { Timers } from '../timers.ts'
import {
  type Arrival,
  ChannelEntry,
  type ChannelListener,
  type ChannelSnapshot,
  idleChannel,
} from './entry.ts'

/** How long a channel nobody listens to stays subscribed: route changes and remounts come back at once. */
const GRACE_MS = 1_000
const RETRY_MS = 1_000
/** How often what is missing is asked for before it is taken for lost. */
const MAX_FRUITLESS = 3

/** The page's channels. */
export class Subscriptions {
  readonly #connection: Connection
  readonly #timers: Timers
  readonly #entries = new Map<string, ChannelEntry>()
  #wanted = new Set<ChannelEntry>()

  constructor(connection: Connection, timers: Timers) {
    this.#connection = connection
    this.#timers = timers
    connection.listen({
      established: () => {
        for (const entry of this.#entries.values()) if (entry.state !== 'idle') this.#want(entry)
      },
      lost: () => {
        for (const entry of this.#entries.values()) {
          entry.asked += 1
          entry.forgetEarly()
          if (entry.state === 'subscribed') entry.show('subscribing')
        }
      },
      push: (push) => this.#receive(push),
    })
  }

  /**
   * Listens to a channel, which is subscribed from the first listener to the last.
   * @param from what comes after this place is delivered first, when nobody listens further on already
   * @returns stops that
   */
  listen(name: string, listener: ChannelListener, from?: Position): () => void {
    const entry = this.#entry(name)
    entry.cancelLeave()
    entry.listeners.add(listener)
    if (from !== undefined) entry.position ??= from
    if (entry.state === 'idle' || entry.state === 'refused') this.#want(entry)
    this.#connection.connectWhenIdle()
    return () => {
      if (!entry.listeners.delete(listener) || entry.listeners.size > 0) return
      entry.cancelLeave()
      entry.cancelLeave = this.#timers.after(GRACE_MS, () => this.#leave(entry))
    }
  }

  /** Where a channel stands; the same object until that changes. */
  state(name: string): ChannelSnapshot {
    return this.#entries.get(name)?.snapshot.getSnapshot() ?? idleChannel
  }

  /** Everything up to here was delivered; undefined where nobody listens. */
  position(name: string): Position | undefined {
    return this.#entries.get(name)?.position
  }

  /** Hears when a channel's state changes. @returns stops that */
  watch(name: string, listener: () => void): () => void {
    const entry = this.#entry(name)
    const stop = entry.snapshot.subscribe(listener)
    return () => {
      stop()
      this.#forget(entry)
    }
  }

  /** Waits for nothing any more; for the end of the client. */
  close(): void {
    for (const entry of this.#entries.values()) {
      entry.cancelLeave()
      entry.cancelRetry()
    }
  }

  #entry(name: string): ChannelEntry {
    let entry = this.#entries.get(name)
    if (entry === undefined) {
      entry = new ChannelEntry(name)
      this.#entries.set(name, entry)
    }
    return entry
  }

  #forget(entry: ChannelEntry): void {
    if (entry.forgettable && this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name)
  }

  #leave(entry: ChannelEntry): void {
    entry.cancelRetry()
    entry.asked += 1
    entry.position = undefined
    entry.forgetEarly()
    this.#wanted.delete(entry)
    entry.show('idle')
    this.#forget(entry)
    this.#unsubscribe(entry.name)
  }

  #unsubscribe(name: string): void {
    // A connection that is gone has no subscriptions either.
    this.#connection.request('unsubscribe', { channels: [name] }).catch(() => {})
  }

  /** Subscribes with all others that are wanted in this turn. */
  #want(entry: ChannelEntry): void {
    entry.cancelRetry()
    entry.asked += 1
    entry.show('subscribing')
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

  async #subscribe(entries: readonly ChannelEntry[]): Promise<void> {
    const asked = entries.map((entry) => entry.asked)
    const channels = entries.map(({ name, position }) => ({
      channel: name,
      ...(position && { position }),
    }))
    const isCurrent = (entry: ChannelEntry, index: number) => entry.asked === asked[index]
    try {
      const results = (await this.#connection.request('subscribe', { channels })).channels
      for (const [index, entry] of entries.entries()) {
        if (isCurrent(entry, index)) this.#settle(entry, results[index])
        else if (this.state(entry.name).state === 'idle') this.#unsubscribe(entry.name)
      }
    } catch (error) {
      const refusal = error instanceof NowcastError ? error : nonsense()
      // Without a connection they are subscribed when there is one again.
      if (refusal.code === 'not_connected') return
      for (const [index, entry] of entries.entries())
        if (isCurrent(entry, index)) this.#refuse(entry, refusal)
    }
  }

  #settle(entry: ChannelEntry, result: SubscribeResult | undefined): void {
    if (result === undefined) this.#refuse(entry, nonsense())
    else if ('error' in result) this.#refuse(entry, NowcastError.fromWire(result.error))
    else if (!isPosition(result.position)) this.#refuse(entry, nonsense())
    else this.#begin(entry, result)
  }

  #begin(entry: ChannelEntry, result: Exclude<SubscribeResult, { error: unknown }>): void {
    const { asked } = entry
    const { position } = result
    entry.latestOnly = result.latestOnly === true
    if (result.recovery === 'gap') entry.skip({ reason: result.reason, position })
    else if (entry.position !== undefined && entry.position.epoch !== position.epoch) {
      entry.skip({ reason: 'epoch-changed', position })
    } else {
      // Nothing was delivered yet; another listener may have named a place meanwhile, before or after this one.
      if (result.recovery === 'fresh' && !entry.isBefore(position)) entry.position = position
      const publications = Array.isArray(result.publications) ? result.publications : []
      publications.every((publication) => entry.asked === asked && entry.deliver(publication))
      if (entry.latestOnly && entry.isBefore(position)) entry.position = position
    }
    // What was delivered may have led to the end of it.
    if (entry.asked !== asked) return
    if (entry.isBefore(position)) {
      // Less came than should have. It is asked for again, but not for ever.
      entry.fruitless += 1
      if (entry.fruitless <= MAX_FRUITLESS) {
        this.#want(entry)
        return
      }
      entry.skip({ reason: 'expired', position })
    }
    entry.fruitless = 0
    entry.show('subscribed')
    if (!entry.acceptEarly() && entry.asked === asked) this.#want(entry)
  }

  #refuse(entry: ChannelEntry, error: NowcastError): void {
    entry.forgetEarly()
    entry.show(error.retryable ? 'subscribing' : 'refused', error)
    if (!error.retryable) return
    const delayMs = error.retryAfterMs ?? RETRY_MS * (0.5 + this.#timers.random())
    entry.cancelRetry()
    entry.cancelRetry = this.#timers.after(delayMs, () => this.#want(entry))
  }

  #receive(push: Push): void {
    if (push.type !== 'event' && push.type !== 'gap' && push.type !== 'unsubscribed') return
    const entry = this.#entries.get(push.channel)
    if (entry === undefined || entry.state === 'idle') return
    if (push.type === 'unsubscribed') {
      // It may have crossed a subscribe command on its way; the next reply tells.
      if (entry.state === 'subscribing') this.#want(entry)
      else this.#refuse(entry, NowcastError.fromWire(push.error))
    } else if (!entry.accept(toArrival(push))) this.#want(entry)
  }
}

function toArrival(push: Push & { readonly type: 'event' | 'gap' }): Arrival {
  if (push.type === 'gap') return { gap: { reason: push.reason, position: push.position } }
  const { type: _, ...event } = push
  return { event }
}

const nonsense = () => new NowcastError('internal', 'The server answered what makes no sense.')
