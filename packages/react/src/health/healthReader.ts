// What a server says of itself, read again and again while somebody looks.
import type { Observable } from '@nowcast/client'

/** What a server says of itself; there may be more. */
export interface ServerHealth {
  /** `ok`, `degraded` or `draining`. */
  readonly status: string
  readonly services: Readonly<Record<string, { readonly status: string }>>
  readonly counts: Readonly<Record<string, unknown>>
}

/** `offline`: the server can't be reached. `error`: what it answers makes no sense. Both keep what was known before. */
export interface HealthSnapshot {
  readonly state: 'loading' | 'ready' | 'offline' | 'error'
  readonly health?: ServerHealth
}

/** Before the first answer. */
export const LOADING: HealthSnapshot = { state: 'loading' }

/** Reads the health of a server from its first subscriber to its last. */
export class HealthReader implements Observable<HealthSnapshot> {
  readonly #address: string
  readonly #intervalMs: number
  readonly #listeners = new Set<() => void>()
  #snapshot = LOADING
  #abort = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param url of the server: `ws://`, `wss://`, `http://` or `https://`
   * @param intervalMs between an answer and the next question
   */
  constructor(url: string, intervalMs: number) {
    this.#address = `${url.replace(/^ws/, 'http').replace(/\/+$/, '')}/health`
    this.#intervalMs = intervalMs
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  readonly getSnapshot = (): HealthSnapshot => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener()
    this.#listeners.add(own)
    if (this.#listeners.size === 1) {
      this.#abort = new AbortController()
      void this.#read(this.#abort.signal)
    }
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size > 0) return
      this.#abort.abort()
      clearTimeout(this.#timer)
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const next = await this.#ask(signal)
    if (signal.aborted) return
    const { health } = this.#snapshot
    this.#snapshot = { ...(health && { health }), ...next }
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener()
    this.#timer = setTimeout(() => void this.#read(signal), this.#intervalMs)
  }

  async #ask(signal: AbortSignal): Promise<HealthSnapshot> {
    let text: string
    try {
      // A server that is not well says so with another status, and the same body.
      const response = await fetch(this.#address, { signal, cache: 'no-store' })
      text = await response.text()
    } catch {
      return { state: 'offline' }
    }
    try {
      const health: unknown = JSON.parse(text)
      return isHealth(health) ? { state: 'ready', health } : { state: 'error' }
    } catch {
      return { state: 'error' }
    }
  }
}

function isHealth(value: unknown): value is ServerHealth {
  if (!isObject(value) || typeof value.status !== 'string') return false
  const { services, counts } = value
  return isObject(services) && isObject(counts) && Object.values(services).every(isObject)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
