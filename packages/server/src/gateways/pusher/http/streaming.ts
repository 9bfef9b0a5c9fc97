// A response that goes on: a session's messages are written to it as they come, until the client has had enough of it.
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../../foundation/clock.ts'
import { MAX_SILENCE_MS, WAIT_SLICE_MS } from '../../overHttp/waiting.ts'
import { encodeClose, encodeMessages, HEARTBEAT, REPLACED } from './framing.ts'
import { textsOf } from './polling.ts'
import type { Receiver } from './sessionCalls.ts'

/** A response of more characters pusher-js leaves for another one as soon as it has read them all, and not before. */
const MAX_LENGTH = 262_144
/** How long it may take to read them. */
const READING_MS = 60_000
/** How often the session is told that its messages are still on their way. */
const KEEP_MS = 2_000

/** Writes a session's messages to one response. */
export class Streaming {
  readonly #response: ServerResponse
  readonly #clock: Clock
  #length = 0
  #lastWrite: number
  /** Writes that the client's side has not taken yet. */
  #onTheWay = 0
  #resume = () => {}

  /** @param response whose head was written */
  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response
    this.#clock = clock
    this.#lastWrite = clock.now()
    response.on('error', () => response.destroy())
    response.once('close', () => this.#resume())
  }

  /** Writes text that the client counts. */
  write(text: string): void {
    this.#length += text.length
    this.#lastWrite = this.#clock.now()
    this.#onTheWay += 1
    this.#response.write(text, () => {
      this.#onTheWay -= 1
      if (this.#onTheWay === 0) this.#resume()
    })
  }

  /** Carries messages until the response or the session has ended. Never fails. */
  async carry(receiver: Receiver): Promise<void> {
    this.#response.once('close', () => receiver.leave())
    try {
      while (await this.#next(receiver));
    } catch {
      // The node that has the session is gone or out of reach: the client sees the end, and comes back with a new one.
    } finally {
      this.#response.end()
    }
  }

  /** @returns whether there may be more */
  async #next(receiver: Receiver): Promise<boolean> {
    const heartbeatDue = this.#lastWrite + MAX_SILENCE_MS
    const waitMs = Math.max(0, Math.min(heartbeatDue - this.#clock.now(), WAIT_SLICE_MS))
    const { frames, close, superseded } = await receiver.take(waitMs)
    if (this.#isGone) return false
    if (superseded) {
      this.write(REPLACED)
      return false
    }
    if (frames.length > 0) this.write(encodeMessages(textsOf(frames)))
    if (close !== undefined) {
      this.write(encodeClose(close))
      return false
    }
    if (this.#clock.now() >= heartbeatDue) this.write(HEARTBEAT)
    return this.#taken(receiver)
  }

  /** Waits for a client that is slow. @returns whether it takes more from this response */
  async #taken(receiver: Receiver): Promise<boolean> {
    while (this.#onTheWay > 0 && !this.#isGone) await this.#pause(receiver)
    if (this.#length <= MAX_LENGTH) return !this.#isGone
    const deadline = this.#clock.now() + READING_MS
    while (!this.#isGone && this.#clock.now() < deadline) await this.#pause(receiver)
    return false
  }

  async #pause(receiver: Receiver): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(KEEP_MS, resolve)
      this.#resume = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#resume = () => {}
    if (!this.#isGone) receiver.keep()
  }

  get #isGone(): boolean {
    return this.#response.destroyed || this.#response.closed
  }
}
