// How streams end: by their author, or by themselves when nobody writes them any more, also those of a node that died.
import { type Message, NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../../foundation/clock.ts'
import type { Logger } from '../../../foundation/log.ts'
import type { MessageStore, Stream } from '../../../store/messageStore.ts'
import type { Messages } from '../messages.ts'
import type { StreamTexts } from './streamTexts.ts'

/** What completing works with. */
export interface StreamCompletionParts {
  readonly app: string
  readonly store: Pick<MessageStore, 'completeStream' | 'openStreams'>
  readonly messages: Messages
  readonly texts: StreamTexts
  readonly clock: Clock
  readonly log: Logger
  /** After so many milliseconds without a piece, a stream is completed as it is. */
  readonly timeoutMs: number
}

/** How often streams are looked for whose node has died. */
const SWEEP_MS = 60_000
const SWEEP_PAGE = 1_000

/** Completes the streams of one app. */
export class StreamCompletion {
  readonly #parts: StreamCompletionParts
  #sweeping: Timer | undefined
  #stopped = false

  constructor(parts: StreamCompletionParts) {
    this.#parts = parts
  }

  /** From now on, streams are completed that nobody writes. */
  start(): void {
    this.#sweeping = this.#parts.clock.after(SWEEP_MS, async () => {
      await this.#sweep()
      if (!this.#stopped) this.start()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#sweeping?.cancel()
  }

  /** Stores a stream's final body and tells of it; one that has ended stays as it is. @throws NowcastError `unavailable` */
  async complete(stream: Stream, body: string): Promise<Message> {
    const { app, store, messages, texts } = this.#parts
    const change = await store.completeStream(app, stream.conversation, stream.offset, body)
    messages.completed(change)
    await texts.forget(stream.conversation, stream.offset)
    return change.value
  }

  /**
   * Completes a stream with what is written, unless another node has taken a piece of it lately.
   * @param settle what this node knows of its text
   */
  async abandon(stream: Stream, settle: () => Promise<string | undefined>): Promise<void> {
    try {
      const { texts, clock, timeoutMs } = this.#parts
      const known = await settle()
      const written = await texts.require(stream.conversation, stream.offset)
      if (written !== undefined && written.touchedAt + timeoutMs > clock.now()) return
      await this.complete(stream, written?.text ?? known ?? '')
    } catch (error) {
      this.#warn(error)
    }
  }

  async #sweep(): Promise<void> {
    const { app, store, timeoutMs } = this.#parts
    try {
      const streams = await store.openStreams(app, timeoutMs, SWEEP_PAGE)
      for (const stream of streams) await this.abandon(stream, async () => undefined)
    } catch (error) {
      this.#warn(error)
    }
  }

  #warn(error: unknown): void {
    // One that was deleted or completed meanwhile needs nothing more.
    if (this.#stopped || (error instanceof NowcastError && !error.retryable)) return
    this.#parts.log.warn({ error }, 'a stream that timed out could not be completed; trying again later')
  }
}
