// Keeps a document in the application's backend: some time after a change, by one of those who edit it.

import { type Backoff, backoffMs } from './timers.ts'

/** How the last changes are kept. `delegated`: another of those who edit does it. */
export type SavingState = 'saved' | 'unsaved' | 'saving' | 'failed' | 'delegated'

/** What saving needs to know. */
export interface SavingParts {
  /** Keeps the document as it is now. */
  save(): Promise<void>
  /** False while another of those who edit does it. */
  isElected(): boolean
  changed(state: SavingState, error?: Error): void
}

/** After a change, so that a burst of them is saved once. */
const DEBOUNCE_MS = 2_000
/** However many changes follow one another. */
const MAX_WAIT_MS = 10_000
const RETRY: Backoff = { minMs: 2_000, maxMs: 60_000 }

/** Saves one document. */
export class Saving {
  readonly #parts: SavingParts
  /** True once there is something that may not overwrite what is kept. */
  #ready = false
  #dirtySince: number | undefined
  #running: Promise<void> | undefined
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: SavingParts) {
    this.#parts = parts
  }

  /** True when something was changed since the last saving began. */
  get isDirty(): boolean {
    return this.#dirtySince !== undefined
  }

  /** What is kept is known: the document may be kept in its place. */
  ready(): void {
    this.#ready = true
    if (this.#dirtySince !== undefined) this.#schedule(DEBOUNCE_MS)
  }

  /** The document has changed. */
  touch(): void {
    this.#dirtySince ??= Date.now()
    if (this.#running === undefined && this.#failures === 0) this.#parts.changed('unsaved')
    if (this.#failures > 0) return
    this.#schedule(Math.max(0, Math.min(DEBOUNCE_MS, this.#dirtySince + MAX_WAIT_MS - Date.now())))
  }

  /** Others came or went: it may be this one's turn now. */
  look(): void {
    if (this.#dirtySince !== undefined && this.#timer === undefined && this.#failures === 0)
      this.#schedule(DEBOUNCE_MS)
  }

  /** Saves now what is not saved yet, if this is the one who saves. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // Without a pause where none is needed: who leaves now is no more a moment later.
    if (this.#running !== undefined) await this.#running
    await this.#save()
  }

  /** Saves no more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#ready = false
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#save()
    }, delayMs)
  }

  async #save(): Promise<void> {
    if (this.#dirtySince === undefined || !this.#ready || this.#running !== undefined) return
    if (!this.#parts.isElected()) {
      this.#parts.changed('delegated')
      return
    }
    this.#dirtySince = undefined
    this.#running = this.#run()
    await this.#running
  }

  async #run(): Promise<void> {
    this.#parts.changed('saving')
    try {
      await this.#parts.save()
      this.#failures = 0
      this.#running = undefined
      this.#parts.changed(this.#dirtySince === undefined ? 'saved' : 'unsaved')
      if (this.#dirtySince !== undefined && this.#ready) this.#schedule(DEBOUNCE_MS)
    } catch (error) {
      this.#running = undefined
      this.#dirtySince ??= Date.now()
      const delayMs = backoffMs(RETRY, this.#failures)
      this.#failures = Math.min(this.#failures + 1, 10)
      this.#parts.changed('failed', error instanceof Error ? error : new Error(String(error)))
      if (this.#ready) this.#schedule(delayMs)
    }
  }
}
