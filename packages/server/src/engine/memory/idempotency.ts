// Remembers which event ids were accepted, for a window of time: a repeated publish is answered like the first.
import type { PublishResult } from '@nowcast/protocol'

interface Accepted {
  readonly fingerprint: string
  readonly result: PublishResult
  readonly expiresAt: number
}

/** How long and how many ids are remembered. */
export interface IdempotencyOptions {
  readonly windowMs: number
  /** Over this many, the oldest are forgotten first. */
  readonly maxEntries: number
}

/** Accepted ids, oldest first. */
export class IdempotencyWindow {
  readonly #options: IdempotencyOptions
  readonly #accepted = new Map<string, Accepted>()

  constructor(options: IdempotencyOptions) {
    this.#options = options
  }

  /** The first acceptance of `key`, or undefined. `same` tells whether the content is the same too. */
  find(
    key: string,
    fingerprint: string,
    now: number,
  ): { readonly result: PublishResult; readonly same: boolean } | undefined {
    const accepted = this.#accepted.get(key)
    if (accepted === undefined || accepted.expiresAt <= now) return undefined
    return { result: accepted.result, same: accepted.fingerprint === fingerprint }
  }

  /** Remembers an acceptance. */
  remember(key: string, fingerprint: string, result: PublishResult, now: number): void {
    this.#accepted.delete(key)
    this.#accepted.set(key, { fingerprint, result, expiresAt: now + this.#options.windowMs })
    for (const [oldest, { expiresAt }] of this.#accepted) {
      if (expiresAt > now && this.#accepted.size <= this.#options.maxEntries) return
      this.#accepted.delete(oldest)
    }
  }
}
