// Everything that must reach the server: kept until it is acknowledged, repeated under the same id after every loss
// of the connection, bounded, and in browsers kept across reloads.
import { type Commands, NowcastError, type PublishResult, type Results } from '@nowcast/protocol'
import { backoffMs } from '../backoff.ts'
import type { Connection } from '../connection/connection.ts'
import { tell } from '../observable.ts'
import type { Timers } from '../timers.ts'
import type { OutboxEntry } from './storage.ts'
import type { OutboxStore } from './store.ts'
import { laneOf, Waiting } from './waiting.ts'

/** Commands that are unanswered at once; the rest waits for its turn. */
const MAX_UNDER_WAY = 100
/** How often a fault of the server is answered by another attempt. */
const MAX_FAULTS = 8
/** What an earlier page left behind goes first, but is not waited for longer than this. */
const RESTORE_TIMEOUT_MS = 2_000

/** What an outbox needs to know. */
export interface OutboxOptions {
  /** Entries that may wait. */
  readonly size: number
  /** Whose entries they are until the server says otherwise; undefined: nobody knows before it does. */
  readonly user: string | undefined
  /** True while an event must wait, e.g. for its channel. @see Outbox.pump */
  mustWait(command: Commands['publish']): boolean
  /** Called when the server says otherwise, after what the user before has written was given up. */
  onOtherUser(): void
}

/** What waits to be acknowledged. */
export class Outbox {
  readonly #connection: Connection
  readonly #store: OutboxStore
  readonly #timers: Timers
  readonly #options: OutboxOptions
  /** By id, in the order of sending. */
  #waiting = new Map<string, Waiting>()
  /** Lanes that wait out a refusal, with what ends the waiting. */
  readonly #held = new Map<string, () => void>()
  readonly #restoredListeners = new Set<() => void>()
  #owner: string | undefined
  #restoring = false
  #cancelRestoring = () => {}
  #closed = false
  #order = 0

  constructor(connection: Connection, store: OutboxStore, timers: Timers, options: OutboxOptions) {
    this.#connection = connection
    this.#store = store
    this.#timers = timers
    this.#options = options
    connection.listen({
      established: (user) => this.#established(user?.id ?? ''),
      lost: () => this.#releaseAll(),
    })
    if (options.user !== undefined) this.#own(options.user)
  }

  /** Whose entries these are, as far as it is known. */
  get owner(): string | undefined {
    return this.#owner
  }

  /** Publishes an event. @throws NowcastError what the server refused with, `timeout` or `limit_exceeded` */
  publish(command: Commands['publish'], timeoutMs?: number): Promise<PublishResult> {
    return this.#add({ kind: 'publish', command }, timeoutMs) as Promise<PublishResult>
  }

  /** Sends a message. @throws NowcastError what the server refused with, or `limit_exceeded` */
  send(command: Commands['conversation.send'], createdAt: number): Promise<Results['conversation.send']> {
    return this.#add({ kind: 'send', command, createdAt }) as Promise<Results['conversation.send']>
  }

  /** Messages that wait for a conversation, in order, with their outcomes. */
  waitingFor(
    conversation: string,
  ): { entry: OutboxEntry & { kind: 'send' }; result: Promise<Results['conversation.send']> }[] {
    const found = []
    for (const { entry, result } of this.#waiting.values()) {
      if (entry.kind === 'send' && entry.command.conversation === conversation) {
        found.push({ entry, result: result as Promise<Results['conversation.send']> })
      }
    }
    return found
  }

  /** Hears when entries of an earlier page were found. @returns stops that */
  onRestored(listener: () => void): () => void {
    this.#restoredListeners.add(listener)
    return () => {
      this.#restoredListeners.delete(listener)
    }
  }

  /** Gives up everything that waits; what is stored stays for the next time. */
  close(): void {
    this.#closed = true
    this.#cancelRestoring()
    this.#rejectAll(closed())
  }

  #add(entry: OutboxEntry, timeoutMs?: number): Promise<PublishResult | Results['conversation.send']> {
    if (this.#closed) return Promise.reject(closed())
    // By the clock, so that what several pages have left behind has one order.
    this.#order = Math.max(this.#order + 1, this.#timers.now())
    const waiting = new Waiting(entry, this.#order)
    const existing = this.#waiting.get(waiting.id)
    if (existing !== undefined) return existing.result
    if (this.#waiting.size >= this.#options.size) {
      const message = 'Too much waits already.'
      return Promise.reject(new NowcastError('limit_exceeded', message, { field: 'outbox' }))
    }
    this.#waiting.set(waiting.id, waiting)
    if (timeoutMs !== undefined) {
      waiting.cancelTimeout = this.#timers.after(timeoutMs, () => {
        this.#settle(waiting, new NowcastError('timeout', 'It was not acknowledged in time.'))
      })
    }
    this.#store.put(this.#owner, waiting)
    this.#connection.setQueued(this.#waiting.size)
    this.#connection.connectWhenIdle()
    this.pump()
    return waiting.result
  }

  #established(user: string): void {
    if (this.#closed) return
    if (this.#owner !== user) this.#own(user)
    queueMicrotask(() => this.pump())
  }

  #own(user: string): void {
    const before = this.#owner
    this.#owner = user
    // What one user wrote is never sent as another; in the storage it waits for its writer.
    if (before !== undefined) {
      this.#rejectAll(new NowcastError('unauthorized', 'Another user has signed in.'))
      this.#options.onOtherUser()
    }
    for (const waiting of this.#waiting.values()) this.#store.put(user, waiting)
    void this.#restore(user)
  }

  async #restore(owner: string): Promise<void> {
    this.#cancelRestoring()
    this.#restoring = true
    const goOn = () => {
      this.#restoring = false
      this.pump()
    }
    this.#cancelRestoring = this.#timers.after(RESTORE_TIMEOUT_MS, goOn)
    const stored = await this.#store.load(owner)
    if (this.#owner !== owner || this.#closed) return
    this.#cancelRestoring()
    const room = this.#options.size - this.#waiting.size
    const missing = stored
      .map(({ entry, order }) => new Waiting(entry, order))
      .filter(({ id }) => !this.#waiting.has(id))
      .sort((one, other) => one.order - other.order)
      .slice(0, room)
    if (missing.length > 0) {
      // What was written before this page goes before what was written on it.
      const all = [...missing, ...this.#waiting.values()]
      this.#waiting = new Map(all.map((waiting) => [waiting.id, waiting]))
      this.#order = Math.max(this.#order, ...missing.map(({ order }) => order))
      this.#connection.setQueued(all.length)
      tell(this.#restoredListeners, (listener) => listener())
    }
    goOn()
  }

  /** Sends what may be sent now: events at once, messages one at a time for each conversation, so that they keep their order. */
  pump(): void {
    if (this.#connection.state !== 'connected' || this.#restoring) return
    const busy = new Set<string>(this.#held.keys())
    let underWay = 0
    for (const waiting of this.#waiting.values()) {
      if (underWay === MAX_UNDER_WAY) return
      const { entry } = waiting
      const lane = laneOf(entry)
      const isFree = !busy.has(lane) && !(entry.kind === 'publish' && this.#options.mustWait(entry.command))
      if (entry.kind === 'send') busy.add(lane)
      if (waiting.underWay) underWay += 1
      else if (isFree) {
        underWay += 1
        void this.#deliver(waiting)
      }
    }
  }

  async #deliver(waiting: Waiting): Promise<void> {
    const { entry } = waiting
    waiting.underWay = true
    waiting.attempts += 1
    try {
      const result =
        entry.kind === 'publish'
          ? await this.#connection.request('publish', entry.command)
          : await this.#connection.request('conversation.send', entry.command)
      this.#settle(waiting, result)
    } catch (cause) {
      waiting.underWay = false
      const error = cause instanceof NowcastError ? cause : notSendable(cause)
      // It goes out again when there is a connection again.
      if (error.code === 'not_connected') return
      const isLasting = error.code === 'internal' && waiting.attempts >= MAX_FAULTS
      if (error.retryable && !isLasting) this.#hold(waiting, error)
      else this.#settle(waiting, error)
    }
    this.pump()
  }

  /** Holds the whole lane, so that nothing overtakes what has to be repeated. */
  #hold({ entry, attempts }: Waiting, { retryAfterMs = 0 }: NowcastError): void {
    const lane = laneOf(entry)
    this.#held.get(lane)?.()
    const release = () => {
      this.#held.delete(lane)
      this.pump()
    }
    const delayMs = retryAfterMs + backoffMs(this.#timers, attempts)
    this.#held.set(lane, this.#timers.after(delayMs, release))
  }

  #releaseAll(): void {
    for (const cancel of this.#held.values()) cancel()
    this.#held.clear()
  }

  #settle(waiting: Waiting, outcome: PublishResult | Results['conversation.send'] | NowcastError): void {
    waiting.cancelTimeout()
    if (this.#waiting.get(waiting.id) !== waiting) return
    this.#waiting.delete(waiting.id)
    this.#connection.setQueued(this.#waiting.size)
    this.#store.delete(this.#owner, waiting)
    if (outcome instanceof NowcastError) waiting.reject(outcome)
    else waiting.resolve(outcome)
  }

  #rejectAll(error: NowcastError): void {
    this.#releaseAll()
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#connection.setQueued(0)
    for (const waiting of all) {
      waiting.cancelTimeout()
      waiting.reject(error)
    }
  }
}

const closed = () => new NowcastError('not_connected', 'The client was closed.')
const notSendable = (cause: unknown) => new NowcastError('invalid_command', String(cause), { cause })
