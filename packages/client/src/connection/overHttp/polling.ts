// A connection as a row of requests: each waits for frames, and says which have arrived. For where nothing else gets through.
import { isObject, transportPaths } from '@nowcast/protocol'
import { backoffMs } from '../../backoff.ts'
import type { Timers } from '../../timers.ts'
import type { OpenTransport, Transport, TransportListener } from '../transport.ts'
import { ABNORMAL, HttpSession } from './httpSession.ts'
import { type Outcome, pause, post } from './request.ts'

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
  readonly #session: HttpSession
  #received = 0

  constructor(base: string, timers: Timers, listener: TransportListener) {
    this.#base = base
    this.#listener = listener
    this.#session = new HttpSession(base, timers, listener)
    void this.#run().then((code) => this.#session.lost(code))
    // The server would only notice after a while that nobody polls any more; a page that comes back connects anew.
    globalThis.addEventListener?.(
      'pagehide',
      () => {
        this.close()
        listener.closed(ABNORMAL)
      },
      { signal: this.#session.scope.signal },
    )
  }

  send(text: string): void {
    this.#session.send(text)
  }

  close(): void {
    this.#session.close()
  }

  /** Opens a session and polls until it ends. @returns a close code */
  async #run(): Promise<number> {
    const { scope } = this.#session
    const { signal } = scope
    const opened = await post(scope, this.#base + transportPaths.session, '', OPEN_TIMEOUT_MS)
    const id = opened.kind === 'answered' ? opened.value.session : undefined
    if (typeof id !== 'string' || signal.aborted) return ABNORMAL
    this.#session.opened(id)
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
    const { scope } = this.#session
    for (let attempt = 1; ; attempt += 1) {
      const url = this.#session.url(transportPaths.poll, `&after=${this.#received}`)
      const outcome = await post(scope, url, '', POLL_TIMEOUT_MS)
      if (outcome.kind !== 'failed' || attempt === MAX_ATTEMPTS || scope.signal.aborted) return outcome
      await pause(scope, backoffMs(scope.timers, attempt))
    }
  }

  /** Passes frames on, each once and in order. @returns false when one is missing */
  #receive(frames: unknown): boolean {
    if (!Array.isArray(frames)) return false
    for (const frame of frames) {
      if (this.#session.scope.signal.aborted) return true
      if (!isObject(frame) || typeof frame.n !== 'number' || typeof frame.text !== 'string') return false
      if (frame.n <= this.#received) continue
      if (frame.n > this.#received + 1) return false
      this.#received = frame.n
      this.#listener.received(frame.text)
    }
    return true
  }
}
