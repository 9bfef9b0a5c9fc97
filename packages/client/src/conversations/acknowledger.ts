// Tells the server how far its user has come in each conversation: seldom, only forward, and until it is acknowledged.
import { NowcastError } from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import { tell } from '../observable.ts'
import type { Timers } from '../timers.ts'

/** How far a user has come in a conversation. */
export interface Place {
  readonly delivered: number
  readonly read: number
}

/** What is delivered is said so much later, so that a burst is said at once. */
const GATHER_MS = 300
/** The least time between two commands about one conversation. */
const INTERVAL_MS = 1_000
/** Conversations that are remembered; of others the server may be told again what it knows. */
const MAX_REMEMBERED = 1_000
const NOWHERE: Place = { delivered: 0, read: 0 }

class Progress {
  readonly conversation: string
  /** What has happened here. */
  reached = NOWHERE
  /** What the server knows. */
  confirmed = NOWHERE
  underWay = false
  /** Not to be said before this time. */
  notBefore = 0
  /** When it will be said; undefined when nobody has asked for it. */
  dueAt: number | undefined
  cancel = () => {}

  constructor(conversation: string) {
    this.conversation = conversation
  }

  get isSettled(): boolean {
    const { reached, confirmed } = this
    return reached.delivered <= confirmed.delivered && reached.read <= confirmed.read
  }
}

/** Sends receipts. */
export class Acknowledger {
  readonly #connection: Connection
  readonly #timers: Timers
  readonly #onRead = new Set<(conversation: string, offset: number) => void>()
  /** By conversation, those that nothing has happened in for longest first. */
  readonly #progress = new Map<string, Progress>()

  constructor(connection: Connection, timers: Timers) {
    this.#connection = connection
    this.#timers = timers
    connection.listen({
      established: () => {
        for (const progress of this.#progress.values()) this.#schedule(progress, GATHER_MS)
      },
    })
  }

  /** How far the user has read here, whether the server knows or not. */
  readTo(conversation: string): number {
    return this.#progress.get(conversation)?.reached.read ?? 0
  }

  /** Everything up to `offset` has arrived. */
  delivered(conversation: string, offset: number): void {
    this.#reach(conversation, { delivered: offset, read: 0 }, GATHER_MS)
  }

  /** Everything up to `offset` was seen. */
  read(conversation: string, offset: number): void {
    if (offset <= this.readTo(conversation)) return
    this.#reach(conversation, { delivered: offset, read: offset }, 0)
    tell(this.#onRead, (listener) => listener(conversation, offset))
  }

  /** The server knows this. */
  confirmed(conversation: string, place: Place): void {
    const progress = this.#of(conversation)
    progress.confirmed = further(progress.confirmed, place)
  }

  /** Hears what the user reads here. @returns stops that */
  onRead(listener: (conversation: string, offset: number) => void): () => void {
    this.#onRead.add(listener)
    return () => {
      this.#onRead.delete(listener)
    }
  }

  /** Forgets everything; for another user, and for the end of the client. */
  forget(): void {
    for (const { cancel } of this.#progress.values()) cancel()
    this.#progress.clear()
  }

  #reach(conversation: string, place: Place, delayMs: number): void {
    if (place.delivered <= 0) return
    const progress = this.#of(conversation)
    progress.reached = further(progress.reached, place)
    this.#schedule(progress, delayMs)
  }

  #of(conversation: string): Progress {
    const progress = this.#progress.get(conversation) ?? new Progress(conversation)
    // It is the last that something has happened in.
    this.#progress.delete(conversation)
    this.#progress.set(conversation, progress)
    if (this.#progress.size > MAX_REMEMBERED) this.#forgetOne()
    return progress
  }

  #forgetOne(): void {
    const all = [...this.#progress.values()]
    const forgotten = all.find(({ isSettled }) => isSettled) ?? all[0]
    forgotten?.cancel()
    this.#progress.delete(forgotten?.conversation ?? '')
  }

  #schedule(progress: Progress, delayMs: number): void {
    const now = this.#timers.now()
    const at = Math.max(now + delayMs, progress.notBefore)
    const { underWay, isSettled, dueAt } = progress
    if (underWay || isSettled || (dueAt !== undefined && dueAt <= at)) return
    progress.cancel()
    progress.dueAt = at
    const send = () => void this.#send(progress)
    if (at > now) progress.cancel = this.#timers.after(at - now, send)
    else send()
  }

  async #send(progress: Progress): Promise<void> {
    progress.dueAt = undefined
    const { conversation, reached, confirmed, isSettled } = progress
    // Without a connection it is said when there is one again.
    if (isSettled || this.#connection.state !== 'connected') return
    progress.underWay = true
    progress.notBefore = this.#timers.now() + INTERVAL_MS
    try {
      await this.#connection.request('conversation.receipt', {
        conversation,
        ...(reached.delivered > confirmed.delivered && { delivered: reached.delivered }),
        ...(reached.read > confirmed.read && { read: reached.read }),
      })
      progress.confirmed = further(progress.confirmed, reached)
    } catch (error) {
      this.#failed(progress, reached, error)
    }
    progress.underWay = false
    if (this.#progress.get(conversation) === progress) this.#schedule(progress, 0)
  }

  #failed(progress: Progress, said: Place, error: unknown): void {
    if (!(error instanceof NowcastError) || error.code === 'not_connected') return
    if (error.retryable) progress.notBefore += error.retryAfterMs ?? 0
    // What is refused for good would be refused again.
    else progress.confirmed = further(progress.confirmed, said)
  }
}

const further = (one: Place, other: Place): Place => ({
  delivered: Math.max(one.delivered, other.delivered),
  read: Math.max(one.read, other.read),
})
