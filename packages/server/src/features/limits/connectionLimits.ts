// How many connections one address has at once, and how fast it makes new ones.
import { NowcastError } from '@nowcast/protocol'
import type { Limits } from '../../engine/limits.ts'
import { MemoryLimits } from '../../engine/memory/memoryLimits.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Config } from '../../foundation/config/schema.ts'
import type { ResolvedRate } from '../../foundation/rate.ts'
import { type LimitMetrics, limitRefusal } from './refusal.ts'

/** Who is so many times over a limit is not worth a conversation. */
const FLOOD_FACTOR = 2
/** Addresses whose attempts are counted here; over it, those seen longest ago start anew. */
const MAX_ADDRESSES = 5_000
/** A connection of an address that has too many may have room when some of the others have ended. */
const RETRY_WHEN_FULL_MS = 30_000

/** What the limits of connections work with. */
export interface ConnectionLimitParts {
  /** The configured limits. */
  readonly policies: Pick<Config['limits'], 'connects' | 'connectionsPerAddress'>
  readonly app: string
  readonly limits: Limits
  readonly metrics: LimitMetrics
  readonly clock: Clock
}

/** Limits connections by address. */
export class ConnectionLimits {
  readonly #parts: ConnectionLimitParts
  #policies: ConnectionLimitParts['policies']
  /** Open connections of this node. */
  readonly #open = new Map<string, number>()
  /** Attempts on this node, also those that were refused. */
  readonly #attempts: MemoryLimits

  constructor(parts: ConnectionLimitParts) {
    this.#parts = parts
    this.#policies = parts.policies
    this.#attempts = new MemoryLimits(parts.clock, MAX_ADDRESSES)
  }

  /** Other limits hold for new connections from now on. */
  replace(policies: ConnectionLimitParts['policies']): void {
    this.#policies = policies
  }

  /** Connections that are open now, by address. */
  get open(): ReadonlyMap<string, number> {
    return this.#open
  }

  /**
   * Counts a connection until `left`, whatever becomes of it.
   * @returns why it can't stay; nothing when it can
   */
  entered(address: string): Promise<NowcastError | undefined> | NowcastError | undefined {
    const { connectionsPerAddress: max, connects } = this.#policies
    const open = (this.#open.get(address) ?? 0) + 1
    this.#open.set(address, open)
    if (max !== false && open > max) return this.#tooMany(max)
    return connects === false ? undefined : this.#countConnect(address, connects)
  }

  /** A connection that had `entered` is gone. */
  left(address: string): void {
    const open = (this.#open.get(address) ?? 0) - 1
    if (open > 0) this.#open.set(address, open)
    else this.#open.delete(address)
  }

  /**
   * Asked before a connection is made: why even telling it would cost too much.
   * @returns nothing when it is worth a typed refusal, or may stay
   */
  async flood(address: string): Promise<NowcastError | undefined> {
    const { connectionsPerAddress: max, connects } = this.#policies
    if (max !== false && (this.#open.get(address) ?? 0) >= max * FLOOD_FACTOR) return this.#tooMany(max)
    if (connects === false) return undefined
    const bound = { count: connects.count * FLOOD_FACTOR, windowMs: connects.windowMs }
    const outcome = await this.#attempts.take(address, bound)
    return outcome.allowed ? undefined : this.#tooFast(connects, outcome)
  }

  async #countConnect(address: string, connects: ResolvedRate): Promise<NowcastError | undefined> {
    const outcome = await this.#parts.limits.take(`connects:${this.#parts.app}@${address}`, connects)
    return outcome.allowed ? undefined : this.#tooFast(connects, outcome)
  }

  #tooFast(
    connects: ResolvedRate,
    outcome: { readonly allowed: false; readonly retryAfterMs: number },
  ): NowcastError {
    this.#parts.metrics.limited('connects')
    return limitRefusal('connects', connects, outcome, { code: 'too_many_connections' })
  }

  #tooMany(max: number): NowcastError {
    this.#parts.metrics.limited('connectionsPerAddress')
    return new NowcastError('too_many_connections', `At most ${max} connections of one address at once.`, {
      field: 'connectionsPerAddress',
      retryAfterMs: RETRY_WHEN_FULL_MS,
    })
  }
}
