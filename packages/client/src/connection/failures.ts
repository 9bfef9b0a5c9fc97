// Counts what has failed in a row: how long to wait before the next attempt, and when to give up.
import type { NowcastError } from '@nowcast/protocol'
import { type BackoffBounds, backoffMs } from '../backoff.ts'
import type { Timers } from '../timers.ts'

const MAX_TOKEN_REFUSALS = 3
/** A connection that lasted less is one more failed attempt. */
const STABLE_MS = 1_000

/** The failures of a connection. */
export class Failures {
  readonly #timers: Timers
  readonly #bounds: BackoffBounds | undefined
  #attempts = 0
  #tokenRefusals = 0

  constructor(timers: Timers, bounds: BackoffBounds | undefined) {
    this.#timers = timers
    this.#bounds = bounds
  }

  /** Somebody has asked for the connection: begins to count anew. */
  reset(): void {
    this.#attempts = 0
    this.#tokenRefusals = 0
  }

  /** The network is back: the next attempt has waited long enough. */
  resetAttempts(): void {
    this.#attempts = 0
  }

  /** A connection has ended; once it has held for a while, what failed before it counts no more. */
  ended(establishedAt: number | undefined): void {
    if (establishedAt !== undefined && this.#timers.now() - establishedAt >= STABLE_MS) this.reset()
  }

  /** Counts an attempt that failed. @returns how long to wait before the next */
  attemptFailed(error: NowcastError): number {
    const delayMs = (error.retryAfterMs ?? 0) + backoffMs(this.#timers, this.#attempts, this.#bounds)
    this.#attempts += 1
    return delayMs
  }

  /** Counts a token that was refused. @returns false when that has happened too often */
  tokenRefused(): boolean {
    this.#tokenRefusals += 1
    return this.#tokenRefusals < MAX_TOKEN_REFUSALS
  }
}
