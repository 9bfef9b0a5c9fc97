// Frames to the server, one request at a time, so that they arrive in order. What gathers meanwhile travels in the next. A
// request that fails is repeated under the same number: the server takes each number once.
import { limits } from '@nowcast/protocol'
import { backoffMs } from '../../backoff.ts'
import { pause, post, type RequestScope } from './request.ts'

const TIMEOUT_MS = 5_000
const MAX_ATTEMPTS = 4
/** Frames are joined below this; a character takes up to three bytes. */
const MAX_JOINED_LENGTH = 10_000

/** Sends frames. */
export class Uplink {
  readonly #scope: RequestScope
  readonly #urlOf: (number: number) => string
  readonly #failed: () => void
  #waiting: string[] = []
  #sent = 0
  #isSending = false

  /**
   * @param urlOf where the frame with a number goes
   * @param failed called once, when a frame could not be sent; nothing is sent after it
   */
  constructor(scope: RequestScope, urlOf: (number: number) => string, failed: () => void) {
    this.#scope = scope
    this.#urlOf = urlOf
    this.#failed = failed
  }

  /** Sends a frame's text after all before it. */
  send(text: string): void {
    this.#waiting.push(text)
    if (!this.#isSending) void this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0 && !this.#scope.signal.aborted) {
      this.#sent += 1
      if (!(await this.#sendOne(this.#urlOf(this.#sent), this.#next()))) {
        if (!this.#scope.signal.aborted) this.#failed()
        return
      }
    }
    this.#isSending = false
  }

  async #sendOne(url: string, text: string): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const { kind } = await post(this.#scope, url, text, TIMEOUT_MS)
      if (kind === 'answered') return true
      if (kind === 'refused' || this.#scope.signal.aborted) return false
      await pause(this.#scope, backoffMs(this.#scope.timers, attempt))
    }
    return false
  }

  /** What waits, as far as one request may hold it; at least one frame. */
  #next(): string {
    let count = 0
    let length = 0
    let objects = 0
    for (const text of this.#waiting) {
      length += text.length + 1
      objects += text.split('\n').length
      if (count > 0 && (length > MAX_JOINED_LENGTH || objects > limits.commandsPerFrame)) break
      count += 1
    }
    return this.#waiting.splice(0, count).join('\n')
  }
}
