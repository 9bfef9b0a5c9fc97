// Everything that must reach the server: kept until it is acknowledged, repeated under the same id after every loss
// of the connection, bounded, and in browsers kept across reloads.
import { type Commands, NowcastError, type PublishResult, type Results } from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import type { Timers } from '../timers.ts'
import type { OutboxEntry, OutboxStorage, StoredEntry } from './storage.ts'

type Result = PublishResult | Results['conversation.send']

interface Waiting {
  readonly id: string
  readonly entry: OutboxEntry
  readonly order: number
  readonly result: Promise<Result>
  readonly resolve: (result: Result) => void
  readonly reject: (error: NowcastError) => void
  underWay: boolean
  attempts: number
}

/** Options of the outbox. */
export interface OutboxOptions {
  /** Entries that may wait. */
  readonly size: number
  readonly storage: OutboxStorage | undefined
  /** Tells one server from another in the storage. */
  readonly url: string
}

const MIN_RETRY_MS = 250
const MAX_RETRY_MS = 10_000

/** What waits to be acknowledged. */
export class Outbox {
  readonly #connection: Connection
  readonly #options: OutboxOptions
  readonly #timers: Timers
  readonly #waiting = new Map<string, Waiting>()
  readonly #held = new Set<string>()
  readonly #restoredListeners = new Set<() => void>()
  #owner: string | undefined
  #order = 0

  constructor(connection: Connection, options: OutboxOptions, timers: Timers) {
    this.#connection = connection
    this.#options = options
    this.#timers = timers
    this.#order = timers.now()
    connection.listen({ established: (user) => this.#established(user?.id), lost: () => this.#held.clear() })
  }

  /** Publishes an event. @throws NowcastError what the server refused with, or `limit_exceeded` */
  publish(command: Commands['publish']): Promise<PublishResult> {
    return this.#add({ kind: 'publish', command }) as Promise<PublishResult>
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
    for (const { entry, result } of this.#inOrder()) {
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
    this.#owner = undefined
    this.#rejectAll(new NowcastError('not_connected', 'The client was closed.'))
  }

  #add(entry: OutboxEntry): Promise<Result> {
    const id = idOf(entry)
    const existing = this.#waiting.get(id)
    if (existing !== undefined) return existing.result
    if (this.#waiting.size >= this.#options.size) {
      return Promise.reject(
        new NowcastError('limit_exceeded', 'Too much waits to be sent already.', { field: 'outbox' }),
      )
    }
    this.#order += 1
    const waiting = this.#enqueue(id, entry, this.#order)
    this.#store(waiting)
    if (this.#connection.state === 'idle') this.#connection.connect()
    this.#pump()
    return waiting.result
  }

  #enqueue(id: string, entry: OutboxEntry, order: number): Waiting {
    let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined
    const result = new Promise<Result>((resolve, reject) => {
      settle = { resolve, reject }
    })
    // Nobody may be waiting for an entry of an earlier page.
    result.catch(() => {})
    if (settle === undefined) throw new Error('unreachable')
    const waiting: Waiting = { id, entry, order, result, ...settle, underWay: false, attempts: 0 }
    this.#waiting.set(id, waiting)
    this.#connection.setQueued(this.#waiting.size)
    return waiting
  }

  #established(user: string | undefined): void {
    const owner = `${this.#options.url}\n${user ?? ''}`
    const changed = this.#owner !== undefined && this.#owner !== owner
    if (changed) this.#rejectAll(new NowcastError('unauthorized', 'Another user has signed in.'))
    const first = this.#owner !== owner
    this.#owner = owner
    for (const waiting of this.#waiting.values()) waiting.underWay = false
    queueMicrotask(() => this.#pump())
    if (!first) return
    for (const waiting of this.#waiting.values()) this.#store(waiting)
    void this.#restore(owner)
  }

  async #restore(owner: string): Promise<void> {
    const stored = await this.#options.storage?.load(owner).catch(() => [])
    if (stored === undefined || this.#owner !== owner) return
    const room = this.#options.size - this.#waiting.size
    const missing = stored.filter(({ entry }) => !this.#waiting.has(idOf(entry))).slice(0, room)
    if (missing.length === 0) return
    for (const { entry, order } of missing) this.#enqueue(idOf(entry), entry, order)
    for (const listener of this.#restoredListeners) listener()
    this.#pump()
  }

  /** Sends what may be sent now: events at once, messages one at a time for each conversation, so that they keep their order. */
  #pump(): void {
    if (this.#connection.state !== 'connected') return
    const busy = new Set<string>(this.#held)
    for (const waiting of this.#inOrder()) {
      const lane = laneOf(waiting.entry)
      if (waiting.underWay) {
        if (waiting.entry.kind === 'send') busy.add(lane)
      } else if (!busy.has(lane)) {
        if (waiting.entry.kind === 'send') busy.add(lane)
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
      this.#remove(waiting)
      waiting.resolve(result)
    } catch (error) {
      if (!this.#waiting.has(waiting.id)) return
      waiting.underWay = false
      const refusal = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
      if (refusal.code === 'not_connected') return
      if (refusal.retryable) {
        this.#retryLater(waiting, refusal)
        return
      }
      this.#remove(waiting)
      waiting.reject(refusal)
    }
    this.#pump()
  }

  /** Holds the whole lane, so that nothing overtakes what has to be repeated. */
  #retryLater({ entry, attempts }: Waiting, refusal: NowcastError): void {
    const lane = laneOf(entry)
    const backoffMs = Math.min(MIN_RETRY_MS * 2 ** (attempts - 1), MAX_RETRY_MS)
    const delayMs = refusal.retryAfterMs ?? backoffMs
    this.#held.add(lane)
    this.#timers.after(delayMs * (1 + this.#timers.random() / 2), () => {
      this.#held.delete(lane)
      this.#pump()
    })
  }

  #inOrder(): Waiting[] {
    return [...this.#waiting.values()].sort((one, other) => one.order - other.order)
  }

  #remove(waiting: Waiting): void {
    this.#waiting.delete(waiting.id)
    this.#connection.setQueued(this.#waiting.size)
    this.#options.storage?.delete(storedId(this.#owner, waiting.id)).catch(() => {})
  }

  #store({ id, entry, order }: Waiting): void {
    if (this.#owner === undefined) return
    const stored: StoredEntry = { id: storedId(this.#owner, id), owner: this.#owner, order, entry }
    this.#options.storage?.put(stored).catch(() => {})
  }

  #rejectAll(error: NowcastError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
    this.#held.clear()
    this.#connection.setQueued(0)
  }
}

const laneOf = (entry: OutboxEntry): string =>
  entry.kind === 'send' ? `conversation ${entry.command.conversation}` : `channel ${entry.command.channel}`
const idOf = (entry: OutboxEntry): string =>
  entry.kind === 'send'
    ? `${entry.command.conversation}\n${entry.command.messageId}`
    : `${entry.command.channel}\n${entry.command.eventId}`
const storedId = (owner: string | undefined, id: string): string => `${owner ?? ''}\n${id}`
