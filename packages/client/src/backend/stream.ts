// A message that the application's backend writes piece by piece. While a request is under way, what is added gathers for
// the next one; what a request loses is sent again from a place that the server knows.
import { type Message, type Metadata, NowcastError } from '@nowcast/protocol'
import { type BackendOptions, post } from './post.ts'

/** Which message is written. */
export interface StreamOptions {
  /** Id of the user who writes it: a member of the conversation. */
  readonly sender: string
  /** Idempotency key; made when absent. */
  readonly messageId?: string
  /** A reply: the offset of the message that the thread began with. */
  readonly thread?: number
  readonly metadata?: Metadata
}

/** A message that is being written. */
export interface MessageStream {
  readonly messageId: string
  /** Adds to the text; those who read along see it shortly after. Never waits, never throws. */
  append(text: string): void
  /**
   * Stores the whole text, or `text` instead of it; nothing is added after that. Can be called again when it fails.
   * @throws NowcastError why the message could not be begun or completed
   */
  finish(text?: string): Promise<Message>
}

/** Begins to write a message. */
export function openStream(
  options: BackendOptions,
  conversation: string,
  { messageId = crypto.randomUUID(), ...rest }: StreamOptions,
): MessageStream {
  return new BackendStream(options, conversation, { messageId, ...rest })
}

/** After requests that failed in spite of their own repetitions, the next one waits so long; so many in a row at most. */
const RETRY_MS = 1_000
const MAX_FAILURES = 30

type Answer = { readonly message: Message }

class BackendStream implements MessageStream {
  readonly messageId: string
  readonly #options: BackendOptions
  readonly #path: string
  readonly #beginning: object
  #text = ''
  /** So much of it has reached the server. */
  #sent = 0
  #begun = false
  #pumping: Promise<void> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #failures = 0
  /** Nothing is sent any more: the message is being completed, or takes no pieces. */
  #ended = false
  /** The last request did not go on from what the server has. */
  #lost = false

  constructor(
    options: BackendOptions,
    conversation: string,
    beginning: StreamOptions & { readonly messageId: string },
  ) {
    this.messageId = beginning.messageId
    this.#options = options
    this.#path = `/v1/conversations/${encodeURIComponent(conversation)}/streams`
    this.#beginning = beginning
    this.#pump()
  }

  append(text: string): void {
    if (this.#ended) return
    this.#text += text
    this.#pump()
  }

  async finish(text = this.#text): Promise<Message> {
    this.#ended = true
    clearTimeout(this.#retry)
    this.#text = text
    await this.#pumping
    await this.#begin()
    return (await post<Answer>(this.#options, `${this.#address}/finish`, { text })).message
  }

  get #address(): string {
    return `${this.#path}/${encodeURIComponent(this.messageId)}`
  }

  async #begin(): Promise<void> {
    if (this.#begun) return
    await post<Answer>(this.#options, this.#path, this.#beginning)
    this.#begun = true
  }

  #pump(): void {
    if (this.#retry !== undefined) return
    this.#pumping ??= this.#send().finally(() => {
      this.#pumping = undefined
      // What was added in the very moment that it ended.
      if (!this.#ended && this.#sent < this.#complete) this.#pump()
    })
  }

  #pumpLater(): void {
    if (this.#ended || this.#failures >= MAX_FAILURES) return
    this.#failures += 1
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#pump()
    }, RETRY_MS)
  }

  async #send(): Promise<void> {
    try {
      await this.#begin()
      while (!this.#ended && this.#sent < this.#complete) await this.#sendPiece()
    } catch (error) {
      // What can not be mended by waiting is said again by the end.
      if (error instanceof NowcastError && error.retryable) this.#pumpLater()
      else this.#ended = true
    }
  }

  async #sendPiece(): Promise<void> {
    const end = this.#complete
    try {
      const piece = { at: this.#sent, text: this.#text.slice(this.#sent, end) }
      await post(this.#options, `${this.#address}/append`, piece)
      this.#sent = end
      this.#lost = false
      this.#failures = 0
    } catch (error) {
      if (!(error instanceof NowcastError) || error.code !== 'stream_lost' || this.#lost) throw error
      this.#lost = true
      this.#sent = 0
    }
  }

  /** The length of the text without half a character at its end. */
  get #complete(): number {
    const { length } = this.#text
    const last = this.#text.charCodeAt(length - 1)
    return last >= 0xd800 && last <= 0xdbff ? length - 1 : length
  }
}
