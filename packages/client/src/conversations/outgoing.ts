// A conversation's messages on their way to the server: on screen at once, and followed until they are stored or failed.
// Replies are on their way in the view of their thread, all others in the conversation's own.
import {
  type Attachment,
  type Commands,
  conversationChannel,
  type Message,
  type Metadata,
  NowcastError,
} from '@nowcast/protocol'
import { newId } from '../ids.ts'
import type { ChatParts } from './parts.ts'
import { allMessages, type ChatMessage, pend, unpend } from './timeline.ts'
import type { MessageWindow } from './window.ts'

/** What a message may have besides its body. */
export interface MessageOptions {
  readonly metadata?: Metadata
  /** Ids of members whom it mentions. */
  readonly mentions?: readonly string[]
  /** Files that the application has stored. */
  readonly attachments?: readonly Attachment[]
}

type SendCommand = Commands['conversation.send']

/** Messages on their way. */
export class Outgoing {
  readonly #conversation: string
  readonly #thread: number | undefined
  readonly #parts: ChatParts
  readonly #window: MessageWindow

  constructor(conversation: string, thread: number | undefined, parts: ChatParts, window: MessageWindow) {
    this.#conversation = conversation
    this.#thread = thread
    this.#parts = parts
    this.#window = window
  }

  /** True while something is on its way, or has failed. */
  get active(): boolean {
    return this.#window.view.timeline.pending.length > 0
  }

  /** Sends a message. @returns it as it is shown now */
  send(body: string, options: MessageOptions): ChatMessage {
    // The server ends it with the message.
    this.#parts.typing(conversationChannel(this.#conversation)).sent()
    return this.#dispatch(newId(), { ...options, body }, this.#parts.timers.now())
  }

  /** Sends a failed message again, under the same id. */
  retry(id: string): void {
    const failed = this.#failed(id)
    if (failed === undefined) return
    // It goes behind what was sent meanwhile.
    this.discard(id)
    this.#dispatch(id, failed, failed.createdAt)
  }

  /** Takes a failed message off the screen. */
  discard(id: string): void {
    const { view } = this.#window
    if (this.#failed(id) !== undefined) view.show(unpend(view.timeline, id))
  }

  /** Shows what waits in the outbox and is not on screen yet: from an earlier page, or sent before anybody looked. */
  showWaiting(): void {
    for (const { entry, result } of this.#parts.outbox.waitingFor(this.#conversation)) {
      const { command, createdAt } = entry
      if (command.thread === this.#thread && !this.#isShown(command.messageId)) {
        this.#show(command, createdAt, result)
      }
    }
  }

  #dispatch(
    messageId: string,
    { body, metadata, mentions, attachments }: MessageOptions & { readonly body: string },
    createdAt: number,
  ): ChatMessage {
    const command = {
      conversation: this.#conversation,
      messageId,
      body,
      ...(metadata && { metadata }),
      ...(this.#thread !== undefined && { thread: this.#thread }),
      // An empty list is none.
      ...(mentions?.length && { mentions }),
      ...(attachments?.length && { attachments }),
    }
    return this.#show(command, createdAt, this.#parts.outbox.send(command, createdAt))
  }

  #show(
    { messageId: id, ...content }: SendCommand,
    createdAt: number,
    result: Promise<{ readonly message: Message }>,
  ): ChatMessage {
    const sender = this.#parts.outbox.owner ?? ''
    const message: ChatMessage = {
      ...content,
      id,
      offset: 0,
      sender,
      createdAt,
      status: 'sending',
      own: true,
    }
    this.#pend(message)
    this.#follow(message, result)
    return message
  }

  #follow(message: ChatMessage, result: Promise<{ readonly message: Message }>): void {
    result.then(
      ({ message: stored }) => this.#stored(message, stored),
      (error: unknown) => {
        if (!this.#isPending(message.id)) return
        const reason = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
        this.#pend({ ...message, status: 'failed', error: reason })
      },
    )
  }

  #stored(message: ChatMessage, stored: Message): void {
    const { view, snapshot } = this.#window
    const { timeline } = view
    // What was stored long ago comes with its neighbours when older messages are loaded.
    if (stored.offset < (timeline.confirmed[0]?.offset ?? 0)) view.show(unpend(timeline, message.id))
    // In the past there is no place for it yet; it is done when its page comes.
    else if (snapshot.hasNewer) {
      if (this.#isPending(message.id)) this.#pend({ ...message, ...stored, status: 'sent' })
    } else view.confirm([{ ...message, ...stored }])
  }

  #pend(message: ChatMessage): void {
    const { view } = this.#window
    view.show(pend(view.timeline, message))
  }

  #isPending(id: string): boolean {
    return this.#window.view.timeline.pending.some((message) => message.id === id)
  }

  /** Its event may have come although its acknowledgement did not. */
  #isShown(id: string): boolean {
    return allMessages(this.#window.view.timeline).some((message) => message.own && message.id === id)
  }

  #failed(id: string): ChatMessage | undefined {
    return this.#window.view.timeline.pending.find(
      (message) => message.id === id && message.status === 'failed',
    )
  }
}
