// Brings what waits to the application: batch after batch of each lane, many lanes side by side.
// A lane is what has to arrive in order: a conversation, or a share of an app's channels.
// At least once: a batch that may have arrived is sent again under the same id.
import { NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Batch, BatchQueue } from './batchQueue.ts'
import type { RequestOutcome } from './requests.ts'

/** Lanes that are worked on at once, most of them waiting to try again. */
const MAX_ACTIVE = 200
/** Lanes that wait for their turn here; a further one is looked at when it has its next message. */
const MAX_TURNS = 50_000
const MIN_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000
/** The engine is out of reach: it is tried again after so long. */
const ENGINE_RETRY_MS = 1_000

/** How batches are sent. */
export interface BatchRequests<Item> {
  post(batch: Batch<Item>): Promise<RequestOutcome>
  /** Breaks off what is under way. */
  stop(): void
}

/** What a courier works with. */
export interface CourierParts<Item> {
  readonly queue: Pick<BatchQueue<Item>, 'begin' | 'finish' | 'size'>
  readonly requests: BatchRequests<Item>
  /** How long what comes first waits for others to travel with it. */
  readonly windowMs: number
  /** How long a batch that fails is tried again. */
  readonly retryForMs: number
  /** How long a request takes at most. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly log: Logger
  /** 0 to 1. */
  readonly random: () => number
  /** Whether this node is the one to work on a lane. */
  readonly isMine: (lane: string) => boolean
  /** Whether a node lives, as far as this one knows. */
  readonly isAlive: (node: string) => boolean
  /** Called with a lane that another node is to go on with. */
  readonly onHandedOver: (lane: string) => void
}

/** Thrown where the work ends because the courier was stopped. */
class Stopped extends Error {}

/** Thrown where the work ends because another node is to go on with it. */
class HandedOver extends Error {}

/** Delivers the queues of lanes. */
export class Courier<Item> {
  readonly #parts: CourierParts<Item>
  /** In the order of their turns, each with the items that are known to wait. */
  readonly #turns = new Map<string, number>()
  /** Those worked on, each with the items of it that are known to wait. */
  readonly #active = new Map<string, number>()
  /** Waits that end early when the courier is stopped. */
  readonly #pauses = new Set<() => void>()
  #sent = 0
  #failed = 0
  #dropped = 0
  #stopped = false

  constructor(parts: CourierParts<Item>) {
    this.#parts = parts
  }

  /** Items that arrived and that were given up, requests that failed, and items known to wait. */
  get counts() {
    let waiting = 0
    for (const items of [...this.#turns.values(), ...this.#active.values()]) waiting += Math.max(items, 1)
    return { sent: this.#sent, failed: this.#failed, dropped: this.#dropped, waiting }
  }

  /** A lane's queue has grown, or may hold something. */
  wake(lane: string): void {
    if (this.#stopped || this.#turns.size >= MAX_TURNS) return
    if (!this.#turns.has(lane)) this.#turns.set(lane, 0)
    this.#next()
  }

  /** Breaks off what is under way, and hands over what is left. */
  stop(): void {
    this.#stopped = true
    this.#parts.requests.stop()
    for (const end of this.#pauses) end()
    const left = new Set([...this.#active.keys(), ...this.#turns.keys()])
    this.#turns.clear()
    for (const lane of left) this.#parts.onHandedOver(lane)
  }

  #next(): void {
    for (const [lane, waiting] of this.#turns) {
      if (this.#active.size >= MAX_ACTIVE) return
      if (this.#active.has(lane)) continue
      this.#turns.delete(lane)
      this.#active.set(lane, 1)
      void this.#work(lane, waiting)
    }
  }

  async #work(lane: string, waiting: number): Promise<void> {
    try {
      if (waiting === 0) await this.#gather()
      const left = await this.#deliverOne(lane)
      if (left !== undefined) this.#turns.set(lane, left)
    } catch (error) {
      if (error instanceof HandedOver) this.#parts.onHandedOver(lane)
      else if (!(error instanceof Stopped)) this.#parts.log.error({ error, lane }, 'a webhook failed')
    }
    this.#active.delete(lane)
    if (!this.#stopped) this.#next()
  }

  async #gather(): Promise<void> {
    if (this.#parts.windowMs > 0) await this.#pause(this.#parts.windowMs)
  }

  /** Delivers a batch. Answers how many items waited besides; nothing when there was no batch. */
  async #deliverOne(lane: string): Promise<number | undefined> {
    const { queue } = this.#parts
    const batch = await this.#begin(lane)
    if (batch === undefined) return undefined
    const left = await this.#insist(() => queue.size(lane))
    this.#active.set(lane, batch.items.length + left)
    await this.#deliver(lane, batch)
    await this.#insist(() => queue.finish(lane, batch))
    return left
  }

  async #begin(lane: string): Promise<Batch<Item> | undefined> {
    const { queue, isAlive, timeoutMs } = this.#parts
    this.#requireMine(lane)
    const batch = await this.#insist(() => queue.begin(lane, isAlive))
    if (batch !== 'busy') return batch
    // By then the other one has finished, or found that it is not to try again.
    await this.#pause(timeoutMs)
    const left = await this.#insist(() => queue.begin(lane, () => false))
    return left === 'busy' ? undefined : left
  }

  async #deliver(lane: string, batch: Batch<Item>): Promise<void> {
    const { requests, clock, log, retryForMs } = this.#parts
    const { id, since, items } = batch
    for (let attempt = 0; ; attempt += 1) {
      const result = await requests.post(batch)
      if (result.outcome === 'accepted') {
        this.#sent += items.length
        return
      }
      this.#requireRunning()
      this.#failed += 1
      const what = { delivery: id, items: items.length }
      if (result.outcome === 'refused') {
        this.#dropped += items.length
        log.error({ ...what, status: result.status }, 'the webhook refused what it was told; it is dropped')
        return
      }
      const waitMs = Math.max(this.#backoffMs(attempt), result.retryAfterMs ?? 0)
      if (clock.now() + waitMs > since + retryForMs) {
        this.#dropped += items.length
        log.error(
          { ...what, reason: result.reason },
          'the webhook failed for too long; what it was to be told is dropped',
        )
        return
      }
      log.debug({ ...what, reason: result.reason, waitMs }, 'the webhook failed; trying again')
      await this.#pause(waitMs)
      this.#requireMine(lane)
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
  #requireMine(lane: string): void {
    if (!this.#parts.isMine(lane)) throw new HandedOver()
  }

  /** Exponential, and a different one for each, so that not all come back at once. */
  #backoffMs(attempt: number): number {
    return (
      Math.min(MIN_BACKOFF_MS * 2 ** Math.min(attempt, 20), MAX_BACKOFF_MS) * (0.5 + this.#parts.random())
    )
  }
}
