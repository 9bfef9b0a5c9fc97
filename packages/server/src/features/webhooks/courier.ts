// Brings what waits to the application: batch after batch of each conversation, many conversations side by side.
// At least once: a batch that may have arrived is sent again under the same id.
import { NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { MissedBatch, MissedQueue } from './missedQueue.ts'
import type { WebhookRequests } from './requests.ts'

/** Conversations that are worked on at once, most of them waiting to try again. */
const MAX_ACTIVE = 200
/** Conversations that wait for their turn here; a further one is looked at when it has its next message. */
const MAX_TURNS = 50_000
const MIN_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000
/** The engine is out of reach: it is tried again after so long. */
const ENGINE_RETRY_MS = 1_000

/** What a courier works with. */
export interface CourierParts {
  readonly app: string
  readonly queue: Pick<MissedQueue, 'begin' | 'finish' | 'size'>
  readonly requests: Pick<WebhookRequests, 'post' | 'stop'>
  /** How long a batch that fails is tried again. */
  readonly retryForMs: number
  /** How long a request takes at most. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly log: Logger
  /** 0 to 1. */
  readonly random: () => number
  /** Whether this node is the one to work on a conversation. */
  readonly isMine: (conversation: string) => boolean
  /** Whether a node lives, as far as this one knows. */
  readonly isAlive: (node: string) => boolean
  /** Called with a conversation that another node is to go on with. */
  readonly onHandedOver: (conversation: string) => void
}

/** Thrown where the work ends because the courier was stopped. */
class Stopped extends Error {}

/** Thrown where the work ends because another node is to go on with it. */
class HandedOver extends Error {}

/** Delivers the queues of conversations. */
export class Courier {
  readonly #parts: CourierParts
  /** In the order of their turns. */
  readonly #turns = new Set<string>()
  /** Those worked on, each with the messages of it that are known to wait. */
  readonly #active = new Map<string, number>()
  /** Waits that end early when the courier is stopped. */
  readonly #pauses = new Set<() => void>()
  #sent = 0
  #failed = 0
  #dropped = 0
  #stopped = false

  constructor(parts: CourierParts) {
    this.#parts = parts
  }

  /** Messages that arrived and that were given up, requests that failed, and messages known to wait. */
  get counts() {
    let waiting = this.#turns.size
    for (const messages of this.#active.values()) waiting += messages
    return { sent: this.#sent, failed: this.#failed, dropped: this.#dropped, waiting }
  }

  /** A conversation's queue has grown, or may hold something. */
  wake(conversation: string): void {
    if (this.#stopped || this.#turns.size >= MAX_TURNS) return
    this.#turns.add(conversation)
    this.#next()
  }

  /** Breaks off what is under way, and hands over what is left. */
  stop(): void {
    this.#stopped = true
    this.#parts.requests.stop()
    for (const end of this.#pauses) end()
    const left = new Set([...this.#active.keys(), ...this.#turns])
    this.#turns.clear()
    for (const conversation of left) this.#parts.onHandedOver(conversation)
  }

  #next(): void {
    for (const conversation of this.#turns) {
      if (this.#active.size >= MAX_ACTIVE) return
      if (this.#active.has(conversation)) continue
      this.#turns.delete(conversation)
      this.#active.set(conversation, 1)
      void this.#work(conversation)
    }
  }

  async #work(conversation: string): Promise<void> {
    try {
      if (await this.#deliverOne(conversation)) this.#turns.add(conversation)
    } catch (error) {
      if (error instanceof HandedOver) this.#parts.onHandedOver(conversation)
      else if (!(error instanceof Stopped)) this.#parts.log.error({ error, conversation }, 'a webhook failed')
    }
    this.#active.delete(conversation)
    if (!this.#stopped) this.#next()
  }

  /** Delivers a batch; false when there was none. */
  async #deliverOne(conversation: string): Promise<boolean> {
    const { queue } = this.#parts
    const batch = await this.#begin(conversation)
    if (batch === undefined) return false
    const left = await this.#insist(() => queue.size(conversation))
    this.#active.set(conversation, batch.messages.length + left)
    await this.#deliver(conversation, batch)
    await this.#insist(() => queue.finish(conversation))
    return true
  }

  async #begin(conversation: string): Promise<MissedBatch | undefined> {
    const { queue, isAlive, timeoutMs } = this.#parts
    this.#requireMine(conversation)
    const batch = await this.#insist(() => queue.begin(conversation, isAlive))
    if (batch !== 'busy') return batch
    // By then the other one has finished, or found that it is not to try again.
    await this.#pause(timeoutMs)
    const left = await this.#insist(() => queue.begin(conversation, () => false))
    return left === 'busy' ? undefined : left
  }

  async #deliver(conversation: string, batch: MissedBatch): Promise<void> {
    const { app, requests, clock, log, retryForMs } = this.#parts
    const { id, since, messages } = batch
    const body = JSON.stringify({ type: 'message.missed', id, app, messages })
    for (let attempt = 0; ; attempt += 1) {
      const result = await requests.post(id, body)
      if (result.outcome === 'accepted') {
        this.#sent += messages.length
        return
      }
      this.#requireRunning()
      this.#failed += 1
      const what = { delivery: id, messages: messages.length }
      if (result.outcome === 'refused') {
        this.#dropped += messages.length
        log.error({ ...what, status: result.status }, 'the webhook refused messages; they are dropped')
        return
      }
      const waitMs = Math.max(this.#backoffMs(attempt), result.retryAfterMs ?? 0)
      if (clock.now() + waitMs > since + retryForMs) {
        this.#dropped += messages.length
        log.error({ ...what, reason: result.reason }, 'the webhook failed for too long; messages are dropped')
        return
      }
      log.debug({ ...what, reason: result.reason, waitMs }, 'the webhook failed; trying again')
      await this.#pause(waitMs)
      this.#requireMine(conversation)
    }
  }

  /** Does something with the engine, again and again until it is in reach. @throws Stopped */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#requireRunning()
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof NowcastError) || error.code !== 'unavailable') throw error
        await this.#pause(ENGINE_RETRY_MS)
      }
    }
  }

  /** @throws Stopped when the courier is stopped meanwhile */
  async #pause(ms: number): Promise<void> {
    let timer: Timer | undefined
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#pauses.delete(end)
        resolve()
      }
      timer = this.#parts.clock.after(ms, end)
      this.#pauses.add(end)
    })
    timer?.cancel()
    this.#requireRunning()
  }

  #requireRunning(): void {
    if (this.#stopped) throw new Stopped()
  }

  /** @throws HandedOver */
  #requireMine(conversation: string): void {
    if (!this.#parts.isMine(conversation)) throw new HandedOver()
  }

  /** Exponential, and a different one for each, so that not all come back at once. */
  #backoffMs(attempt: number): number {
    return (
      Math.min(MIN_BACKOFF_MS * 2 ** Math.min(attempt, 20), MAX_BACKOFF_MS) * (0.5 + this.#parts.random())
    )
  }
}
