// A connection as a row of requests: each waits for frames, and says which have arrived. For where nothing else gets through.
import { isObject, transportPaths } from '@nowcast/protocol'
import { backoffMs } from '../../backoff.ts'
import type { Timers } from '../../timers.ts'
import type { OpenTransport, Transport, TransportListener } from '../transport.ts'
import { leave, type Outcome, pause, post, type RequestScope } from './request.ts'
import { Uplink } from './uplink.ts'

const ABNORMAL = 1006
const OPEN_TIMEOUT_MS = 5_000
/** The server answers sooner. */
const POLL_TIMEOUT_MS = 40_000
const MAX_ATTEMPTS = 5

/** Polls of a server. @param base its address, without a slash at the end */
export const pollingTransport =
  (base: string, timers: Timers): OpenTransport =>
  (listener) =>
    new HttpPolling(base, timers, listener)

class HttpPolling implements Transport {
  readonly #base: string
  readonly #listener: TransportListener
  readonly #controller = new AbortController()
  readonly #scope: RequestScope
  #session: string | undefined
  #uplink: Uplink | undefined
  #received = 0

  constructor(base: string, timers: Timers, listener: TransportListener) {
    this.#base = base
    this.#listener = listener
    this.#scope = { timers, signal: this.#controller.signal }
    void this.#run().then((code) => this.#end(code))
    // The server would only notice after a while that nobody polls any more; a page that comes back connects anew.
    globalThis.addEventListener?.(
      'pagehide',
      () => {
        this.close()
        listener.closed(ABNORMAL)
      },
      { signal: this.#scope.signal },
    )
  }

  send(text: string): void {
    this.#uplink?.send(text)
  }

  close(): void {
    if (this.#scope.signal.aborted) return
    this.#controller.abort()
    if (this.#session !== undefined) leave(this.#url(transportPaths.end))
  }

  /** Opens a session and polls until it ends. @returns a close code */
  async #run(): Promise<number> {
    const { signal } = this.#scope
    const opened = await post(this.#scope, this.#base + transportPaths.session, '', OPEN_TIMEOUT_MS)
    const session = opened.kind === 'answered' ? opened.value.session : undefined
    if (typeof session !== 'string' || signal.aborted) return ABNORMAL
    this.#session = session
    const urlOf = (number: number) => this.#url(transportPaths.frames, `&n=${number}`)
    this.#uplink = new Uplink(this.#scope, urlOf, () => this.#end(ABNORMAL))
    this.#listener.opened()
    while (!signal.aborted) {
      const outcome = await this.#poll()
      if (outcome.kind !== 'answered') return ABNORMAL
      const { frames, close } = outcome.value
      if (!this.#receive(frames)) return ABNORMAL
      if (isObject(close)) return typeof close.code === 'number' ? close.code : ABNORMAL
    }
    return ABNORMAL
  }

  async #poll(): Promise<Outcome> {
    for (let attempt = 1; ; attempt += 1) {
      const url = this.#url(transportPaths.poll, `&after=${this.#received}`)
      const outcome = await post(this.#scope, url, '', POLL_TIMEOUT_MS)
      if (outcome.kind !== 'failed' || attempt === MAX_ATTEMPTS || this.#scope.signal.aborted) return outcome
      await pause(this.#scope, backoffMs(this.#scope.timers, attempt))
    }
  }

  /** Passes frames on, each once and in order. @returns false when one is missing */
  #receive(frames: unknown): boolean {
    if (!Array.isArray(frames)) return false
    for (const frame of frames) {
      if (this.#scope.signal.aborted) return true
      if (!isObject(frame) || typeof frame.n !== 'number' || typeof frame.text !== 'string') return false
      if (frame.n <= this.#received) continue
      if (frame.n > this.#received + 1) return false
      this.#received = frame.n
      this.#listener.received(frame.text)
    }
    return true
  }

  #url(path: string, more = ''): string {
    return `${this.#base}${path}?session=${encodeURIComponent(this.#session ?? '')}${more}`
  }

  #end(code: number): void {
    if (this.#scope.signal.aborted) return
    this.#controller.abort()
    this.#listener.closed(code)
  }
}
