// One streamed message while this node takes its pieces. Pieces that arrive within a window are written and told
// together, and answered after that; the text that all nodes share is compared before each time.
import { NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../../foundation/clock.ts'
import type { Stream } from '../../../store/messageStore.ts'
import { join } from './joining.ts'
import type { StreamTexts } from './streamTexts.ts'

/** Pieces that may wait for one window. */
const MAX_WAITING = 1_000

/** How a piece fared. `lost`: it does not go on from what is written; the author sends again from the beginning. */
export interface AppendResult {
  /** What is written now, in UTF-16 code units. */
  readonly length: number
  readonly lost: boolean
}

/** What an open stream works with. */
export interface OpenStreamParts {
  readonly texts: StreamTexts
  readonly clock: Clock
  readonly windowMs: number
  readonly timeoutMs: number
  readonly maxBytes: number
  /** The stream as the database has it. @throws NowcastError why nothing can be appended */
  readonly find: () => Promise<Stream>
  /** Tells those who follow. @throws NowcastError `unavailable` */
  readonly publish: (stream: Stream, at: number, text: string) => Promise<void>
  /** Nobody has appended here for `timeoutMs`. */
  readonly onIdle: () => void
}

interface Waiting {
  readonly at: number
  readonly text: string
  /** It has waited for another piece already. */
  readonly isLate: boolean
  readonly resolve: (result: AppendResult) => void
  readonly reject: (error: unknown) => void
}

/** A stream whose pieces this node takes. */
export class OpenStream {
  readonly #parts: OpenStreamParts
  #stream: Stream | undefined
  /** What is written, as far as this node knows. */
  #text = ''
  /** So much of it was told. */
  #told = 0
  #waiting: Waiting[] = []
  #windowTimer: Timer | undefined
  #idleTimer: Timer | undefined
  #flushing: Promise<void> | undefined
  #lastFlushAt = 0
  #closed = false

  constructor(parts: OpenStreamParts) {
    this.#parts = parts
    this.#restartIdleTimer()
  }

  /** The stream as the database has it, once that is known. */
  get stream(): Stream | undefined {
    return this.#stream
  }

  /** True while a piece waits to be written. */
  get isBusy(): boolean {
    return this.#waiting.length > 0 || this.#flushing !== undefined
  }

  /**
   * Resolves when the piece is written and told, or was before.
   * @throws NowcastError `body_too_long`, `message_not_found`, `message_deleted`, `stream_lost` once it has ended, `unavailable`
   */
  append(at: number, text: string): Promise<AppendResult> {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ at, text, isLate: false, resolve, reject })
      this.#schedule()
    })
  }

  /**
   * Writes what waits and takes nothing any more.
   * @returns what is written; undefined when that is not known any more
   * @throws NowcastError `unavailable`
   */
  async settle(): Promise<string | undefined> {
    this.#closed = true
    this.#windowTimer?.cancel()
    this.#idleTimer?.cancel()
    while (this.isBusy) await (this.#flushing ?? this.#flush())
    const written = await this.#compare()
    return written ? this.#text : undefined
  }

  /** Refuses what waits. */
  close(): void {
    this.#closed = true
    this.#windowTimer?.cancel()
    this.#idleTimer?.cancel()
    for (const { reject } of this.#waiting.splice(0)) reject(busy())
  }

  #schedule(): void {
    if (this.#windowTimer !== undefined || this.#flushing !== undefined || this.#waiting.length === 0) return
    const { clock, windowMs } = this.#parts
    const delayMs = Math.max(0, this.#lastFlushAt + windowMs - clock.now())
    this.#windowTimer = clock.after(delayMs, () => {
      this.#windowTimer = undefined
      void this.#flush()
    })
  }

  #flush(): Promise<void> {
    const flushing = this.#write(this.#waiting.splice(0)).finally(() => {
      this.#flushing = undefined
      this.#lastFlushAt = this.#parts.clock.now()
      if (this.#closed) return
      this.#restartIdleTimer()
      this.#schedule()
    })
    this.#flushing = flushing
    return flushing
  }

  /** Never rejects: each piece hears how it fared. */
  async #write(pieces: readonly Waiting[]): Promise<void> {
    try {
      await this.#compare()
      const stream = this.#stream ?? (await this.#find())
      // Requests overtake one another.
      const answers = [...pieces].sort((left, right) => left.at - right.at).map((piece) => this.#add(piece))
      await this.#parts.texts.write(stream.conversation, stream.offset, this.#text)
      await this.#tell(stream)
      for (const answer of answers) answer()
    } catch (error) {
      // What was added may be written or not: the next time is compared with what is.
      for (const { reject } of pieces) reject(error)
    }
  }

  /** Adds a piece to the text; its answer is given once the text is written. */
  #add(piece: Waiting): () => void {
    const { at, text, resolve, reject, isLate } = piece
    const joined = join(this.#text, at, text)
    if (joined === undefined && at > this.#text.length && !isLate && !this.#closed) {
      // What belongs before it may be on its way: it has one more window to arrive.
      return () => this.#waiting.push({ ...piece, isLate: true })
    }
    if (joined === undefined) {
      const length = this.#text.length
      return () => resolve({ length, lost: true })
    }
    const { maxBytes } = this.#parts
    if (Buffer.byteLength(joined) > maxBytes) {
      return () => reject(tooLong(maxBytes))
    }
    this.#text = joined
    return () => resolve({ length: joined.length, lost: false })
  }

  async #tell(stream: Stream): Promise<void> {
    const upTo = this.#text.length
    if (upTo > this.#told) await this.#parts.publish(stream, this.#told, this.#text.slice(this.#told))
    this.#told = upTo
  }

  /**
   * Takes over what other nodes have written, and notices when the message was deleted or completed.
   * @returns false when nothing is known of its text
   */
  async #compare(): Promise<boolean> {
    const known = this.#stream
    const stream = known ?? (await this.#find())
    const written = await this.#parts.texts.require(stream.conversation, stream.offset)
    if (known !== undefined && written?.text === this.#text) return true
    if (known !== undefined) await this.#find()
    // Without a shared text this node's own is the best there is.
    if (written === undefined) return known !== undefined
    const { length } = written.text
    // A text that is shorter lost what this node failed to write; any other is of a node that told it too.
    const isShorter = known !== undefined && length < this.#text.length
    this.#told = isShorter ? Math.min(this.#told, length) : length
    this.#text = written.text
    return true
  }

  async #find(): Promise<Stream> {
    this.#stream = undefined
    this.#stream = await this.#parts.find()
    return this.#stream
  }

  #restartIdleTimer(): void {
    this.#idleTimer?.cancel()
    this.#idleTimer = this.#parts.clock.after(this.#parts.timeoutMs, this.#parts.onIdle)
  }
}

const tooLong = (maxBytes: number) =>
  new NowcastError('body_too_long', `A streamed message is at most ${maxBytes} bytes long.`, {
    field: 'text',
  })
const busy = () =>
  new NowcastError('unavailable', 'This stream is being taken over, or too much of it waits.', {
    retryAfterMs: 50,
  })
