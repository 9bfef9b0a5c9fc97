// Messages that the application's backend writes piece by piece, such as an AI's answer. The message begins and ends in
// the conversation's log; in between its text is in the shared caches, and its pieces are signals.
import { randomUUID } from 'node:crypto'
import { type Message, type Metadata, NowcastError, signalsChannel } from '@nowcast/protocol'
import type { Engine } from '../../../engine/engine.ts'
import { channelKey } from '../../../foundation/channelKey.ts'
import type { Clock } from '../../../foundation/clock.ts'
import type { Logger } from '../../../foundation/log.ts'
import type { Stream } from '../../../store/messageStore.ts'
import type { Store } from '../../../store/store.ts'
import type { MessageReader } from '../messageReader.ts'
import type { Messages } from '../messages.ts'
import type { MessageWriter } from '../messageWriter.ts'
import { accepted, checkMetadata } from '../refusals.ts'
import { StreamCompletion } from './completion.ts'
import { partsOf } from './joining.ts'
import { type AppendResult, OpenStream } from './openStream.ts'
import type { StreamTexts } from './streamTexts.ts'

/** What streams work with. */
export interface StreamsParts {
  readonly app: string
  readonly store: Store
  readonly writer: MessageWriter
  readonly messages: Messages
  readonly reader: MessageReader
  readonly texts: StreamTexts
  readonly engine: Pick<Engine, 'publish'>
  readonly clock: Clock
  readonly log: Logger
  readonly options: StreamsOptions
}

/** How streams are written. */
export interface StreamsOptions {
  /** How long pieces wait to travel together, in milliseconds. */
  readonly window: number
  readonly maxBytes: number
  /** After so many milliseconds without a piece, a stream is completed as it is. */
  readonly timeout: number
}

/** A message whose body comes afterwards. */
export interface StreamDraft {
  readonly conversation: string
  readonly messageId: string
  readonly sender: string
  readonly thread?: number
  readonly metadata?: Metadata
}

/** Streams whose pieces this node takes at once; what they have is shared, so that others can make room. */
const MAX_OPEN = 1_000
const RETRY_WHEN_FULL_MS = 1_000
/** UTF-16 code units of one signal. */
const MAX_PIECE = 8_192
const SIGNALS_HISTORY = { size: 200, ttlMs: 300_000 }

/** Streamed messages of one app's conversations. */
export class Streams {
  readonly #parts: StreamsParts
  /** Least recently used first. */
  readonly #open = new Map<string, OpenStream>()
  readonly #completion: StreamCompletion
  #stopped = false

  constructor(parts: StreamsParts) {
    this.#parts = parts
    const { timeout: timeoutMs } = parts.options
    this.#completion = new StreamCompletion({ ...parts, timeoutMs })
  }

  /** Streams whose pieces this node takes now. */
  get open(): number {
    return this.#open.size
  }

  /** From now on, streams are completed that nobody writes any more. */
  start(): void {
    this.#completion.start()
  }

  /** Refuses what waits; other nodes go on from what is written. */
  stop(): void {
    this.#stopped = true
    this.#completion.stop()
    for (const stream of this.#open.values()) stream.close()
    this.#open.clear()
  }

  /**
   * Begins a message with an empty body. Idempotent by its id.
   * @throws NowcastError `data_too_large`, `idempotency_conflict`, `not_a_member`, `forbidden`, `conversation_not_found`,
   * `conversation_archived`, `message_not_found` when there is no such thread, `unavailable`
   */
  async begin(draft: StreamDraft): Promise<{ readonly message: Message }> {
    const { app, store, writer, messages, reader, texts } = this.#parts
    const { conversation, messageId, sender } = draft
    checkMetadata(draft.metadata)
    // Pieces name the message by its id alone.
    const existing = await store.findStream(app, conversation, messageId)
    if (existing !== undefined && existing.sender !== sender) accepted({ outcome: 'conflict' }, messageId)
    const outcome = accepted(await writer.send({ ...draft, app, body: '', streamed: true }), messageId)
    const { message, position, duplicate } = outcome
    messages.created(message, position, duplicate)
    if (duplicate) return { message: await reader.withText(message) }
    await texts.write(conversation, message.offset, '')
    return { message }
  }

  /**
   * Adds a piece at a place of the text; what is there already is not added again. Resolves once it is written and told.
   * @throws NowcastError `body_too_long`, `message_not_found`, `message_deleted`, `stream_lost` when the message is complete,
   * `unavailable`
   */
  async append(conversation: string, messageId: string, at: number, text: string): Promise<AppendResult> {
    return this.#take(conversation, messageId).append(at, text)
  }

  /**
   * Gives the message its final body: `text`, or what was written. One that is complete stays as it is.
   * @throws NowcastError `body_too_long`, `message_not_found`, `message_deleted`, `stream_lost` when what was written is not
   * known any more, `unavailable`
   */
  async finish(
    conversation: string,
    messageId: string,
    text: string | undefined,
  ): Promise<{ readonly message: Message }> {
    const { app, store, options } = this.#parts
    if (text !== undefined && Buffer.byteLength(text) > options.maxBytes) {
      throw new NowcastError(
        'body_too_long',
        `A streamed message is at most ${options.maxBytes} bytes long.`,
        {
          field: 'text',
        },
      )
    }
    const stream = await store.findStream(app, conversation, messageId)
    if (stream === undefined) throw notFound()
    if (stream.state === 'deleted') throw deleted()
    const body = stream.state === 'streaming' ? await this.#bodyOf(stream, text) : ''
    const message = await this.#completion.complete(stream, body)
    if (message.deletedAt !== undefined) throw deleted()
    return { message }
  }

  async #bodyOf(stream: Stream, text: string | undefined): Promise<string> {
    const { conversation, messageId, offset } = stream
    const key = keyOf(conversation, messageId)
    const open = this.#open.get(key)
    this.#open.delete(key)
    try {
      const written = open
        ? await open.settle()
        : text === undefined
          ? (await this.#parts.texts.require(conversation, offset))?.text
          : text
      const body = text ?? written
      if (body !== undefined) return body
    } catch (error) {
      // Who says the whole text needs nothing of what was written.
      if (text === undefined) throw error
      return text
    }
    throw new NowcastError('stream_lost', 'What was written is not known any more; give the whole text.')
  }

  #take(conversation: string, messageId: string): OpenStream {
    const key = keyOf(conversation, messageId)
    const stream = this.#open.get(key) ?? this.#make(key, conversation, messageId)
    this.#open.delete(key)
    this.#open.set(key, stream)
    return stream
  }

  #make(key: string, conversation: string, messageId: string): OpenStream {
    if (this.#stopped) throw full()
    if (this.#open.size >= MAX_OPEN) this.#makeRoom()
    const { app, store, texts, clock, options } = this.#parts
    const stream: OpenStream = new OpenStream({
      texts,
      clock,
      windowMs: options.window,
      timeoutMs: options.timeout,
      maxBytes: options.maxBytes,
      find: async () => requireStreaming(await store.findStream(app, conversation, messageId)),
      publish: (found, at, text) => this.#publish(found, at, text),
      onIdle: () => {
        if (this.#open.get(key) === stream) this.#open.delete(key)
        void this.#abandon(stream)
      },
    })
    return stream
  }

  /** Nobody has appended here for long. */
  async #abandon(open: OpenStream): Promise<void> {
    if (open.stream === undefined) open.close()
    else await this.#completion.abandon(open.stream, () => open.settle())
  }

  /** @throws NowcastError `unavailable` when all open streams are being written right now */
  #makeRoom(): void {
    for (const [key, stream] of this.#open) {
      if (stream.isBusy) continue
      stream.close()
      this.#open.delete(key)
      return
    }
    throw full()
  }

  async #publish({ conversation, offset }: Stream, at: number, text: string): Promise<void> {
    const { app, engine } = this.#parts
    let place = at
    for (const part of partsOf(text, MAX_PIECE)) {
      await engine.publish(channelKey(app, signalsChannel(conversation)), {
        id: randomUUID(),
        name: 'message:appended',
        data: { offset, at: place, text: part },
        history: SIGNALS_HISTORY,
        idScope: 'app',
      })
      place += part.length
    }
  }
}

/** @throws NowcastError when nothing can be appended */
function requireStreaming(stream: Stream | undefined): Stream {
  if (stream === undefined) throw notFound()
  if (stream.state === 'deleted') throw deleted()
  if (stream.state === 'complete') throw new NowcastError('stream_lost', 'This message is complete.')
  return stream
}

const keyOf = (conversation: string, messageId: string): string => `${messageId} ${conversation}`
const notFound = () => new NowcastError('message_not_found', 'There is no such message.')
const deleted = () => new NowcastError('message_deleted', 'This message was deleted.')
const full = () =>
  new NowcastError('unavailable', 'Too many messages are being written.', {
    retryAfterMs: RETRY_WHEN_FULL_MS,
  })
