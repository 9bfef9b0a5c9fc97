// Every channel that anybody on the page listens to, subscribed once, and kept without holes across reconnections.
import { limits, NowcastError, type Position, type Push, type SubscribeResult } from '@nowcast/protocol'
import type { Authorization, Proof } from '../authorization/authorization.ts'
import { backoffMs } from '../backoff.ts'
import type { Connection } from '../connection/connection.ts'
import { isPosition, isPublication } from '../connection/incoming.ts'
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
/** How often what is missing is asked for before it is taken for lost. */
const MAX_FRUITLESS = 3
/** Connections of this page whose events are known as its own. */
const MAX_OWN = 100

/** The page's channels. */
export class Subscriptions {
  readonly #connection: Connection
  readonly #timers: Timers
  readonly #entries = new Map<string, ChannelEntry>()
  readonly #authorization: Authorization
  readonly #own: string[] = []
  readonly #onSettled: () => void
  #wanted = new Set<ChannelEntry>()

  /** @param onSettled called when a channel's subscribing has ended */
  constructor(connection: Connection, timers: Timers, authorization: Authorization, onSettled: () => void) {
    this.#connection = connection
    this.#timers = timers
    this.#authorization = authorization
    this.#onSettled = onSettled
    connection.listen({
      established: (_user, id) => {
        this.#own.unshift(id)
        this.#own.splice(MAX_OWN)
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
      entry = new ChannelEntry(name, this.#own)
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
    entry.granted = undefined
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
    const wanted = [...this.#wanted].filter((entry) => !this.#authorize(entry))
    this.#wanted = new Set()
    for (let start = 0; start < wanted.length; start += limits.channelsPerCommand) {
      void this.#subscribe(wanted.slice(start, start + limits.channelsPerCommand))
    }
  }

  /** Subscribes once the application's backend has allowed it. @returns false when it need not be asked on this connection */
  #authorize(entry: ChannelEntry): boolean {
    const { asked, name: channel } = entry
    const { id: connection } = this.#connection.getSnapshot()
    // Without a connection it is subscribed when there is one again.
    if (connection === undefined || entry.granted === connection) return false
    if (!this.#authorization.decides(channel)) return false
    this.#authorization.ask({ channel, connection }).then(
      (proof) => {
        if (entry.asked !== asked) return
        entry.granted = connection
        void this.#subscribe([entry], proof)
      },
      (error) => {
        if (entry.asked === asked) this.#refuse(entry, toRefusal(error))
      },
    )
    return true
  }

  async #subscribe(entries: readonly ChannelEntry[], proof?: Proof): Promise<void> {
    const asked = entries.map((entry) => entry.asked)
    const channels = entries.map(({ name, position }) => ({
      channel: name,
      ...(position && { position }),
      ...proof,
    }))
    const isCurrent = (entry: ChannelEntry, index: number) => entry.asked === asked[index]
    try {
      const results = (await this.#connection.request('subscribe', { channels })).channels
      for (const [index, entry] of entries.entries()) {
        if (isCurrent(entry, index)) this.#settle(entry, results[index])
        else if (this.state(entry.name).state === 'idle') this.#unsubscribe(entry.name)
      }
    } catch (error) {
      const refusal = toRefusal(error)
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
      publications.every(
        (publication) => entry.asked === asked && isPublication(publication) && entry.deliver(publication),
      )
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
    entry.refusals = 0
    entry.show('subscribed')
    this.#onSettled()
    if (!entry.acceptEarly() && entry.asked === asked) this.#want(entry)
  }

  #refuse(entry: ChannelEntry, error: NowcastError): void {
    entry.forgetEarly()
    entry.granted = undefined
    entry.show(error.retryable ? 'subscribing' : 'refused', error)
    if (!error.retryable) {
      this.#onSettled()
      return
    }
    entry.refusals += 1
    const delayMs = error.retryAfterMs ?? backoffMs(this.#timers, entry.refusals)
    entry.cancelRetry()
    entry.cancelRetry = this.#timers.after(delayMs, () => this.#want(entry))
  }

  #receive(push: Push): void {
    const { type } = push
    if (type !== 'event' && type !== 'skipped' && type !== 'gap' && type !== 'unsubscribed') return
    const entry = this.#entries.get(push.channel)
    if (entry === undefined || entry.state === 'idle') return
    if (push.type === 'unsubscribed') {
      // It may have crossed a subscribe command on its way; the next reply tells.
      if (entry.state === 'subscribing') this.#want(entry)
      else this.#refuse(entry, NowcastError.fromWire(push.error))
    } else if (!entry.accept(toArrival(push))) this.#want(entry)
  }
}

function toArrival(push: Push & { readonly type: 'event' | 'skipped' | 'gap' }): Arrival {
  if (push.type === 'gap') return { gap: { reason: push.reason, position: push.position } }
  const { type: _, ...event } = push
  return { event }
}

const toRefusal = (error: unknown) => (error instanceof NowcastError ? error : nonsense())
const nonsense = () => new NowcastError('internal', 'The server answered what makes no sense.')
