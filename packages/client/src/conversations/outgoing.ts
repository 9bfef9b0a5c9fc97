// A conversation's messages on their way to the server: on screen at once, and followed until they are stored or failed.
import { type Commands, type Message, type Metadata, NowcastError } from '@nowcast/protocol'
import type { ClientParts } from '../channels/channel.ts'
import { newId } from '../ids.ts'
import { allMessages, type ChatMessage, confirm, pend, type Timeline, unpend } from './timeline.ts'

/** The timeline that messages are shown on. */
export interface TimelineOwner {
  readonly timeline: Timeline
  show(timeline: Timeline): void
}

type SendCommand = Commands['conversation.send']

/** Messages on their way. */
export class Outgoing {
  readonly #conversation: string
  readonly #parts: ClientParts
  readonly #owner: TimelineOwner

  constructor(conversation: string, parts: ClientParts, owner: TimelineOwner) {
    this.#conversation = conversation
    this.#parts = parts
    this.#owner = owner
  }

  /** Sends a message. @returns it as it is shown now */
  send(body: string, metadata: Metadata | undefined): ChatMessage {
    return this.#dispatch(newId(), body, metadata, this.#parts.timers.now())
  }

  /** Sends a failed message again, under the same id. */
  retry(id: string): void {
    const failed = this.#failed(id)
    if (failed === undefined) return
    // It goes behind what was sent meanwhile.
    this.discard(id)
    this.#dispatch(id, failed.body, failed.metadata, failed.createdAt)
  }

  /** Takes a failed message off the screen. */
  discard(id: string): void {
    if (this.#failed(id) !== undefined) this.#owner.show(unpend(this.#owner.timeline, id))
  }

  /** Shows what waits in the outbox and is not on screen yet: from an earlier page, or sent before anybody looked. */
  showWaiting(): void {
    for (const { entry, result } of this.#parts.outbox.waitingFor(this.#conversation)) {
      if (!this.#isShown(entry.command.messageId)) this.#show(entry.command, entry.createdAt, result)
    }
  }

  #dispatch(messageId: string, body: string, metadata: Metadata | undefined, createdAt: number): ChatMessage {
    const conversation = this.#conversation
    const command = { conversation, messageId, body, ...(metadata && { metadata }) }
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
    this.#owner.show(pend(this.#owner.timeline, message))
    this.#follow(message, result)
    return message
  }

  #follow(message: ChatMessage, result: Promise<{ readonly message: Message }>): void {
    result.then(
      ({ message: stored }) => {
        const { timeline } = this.#owner
        // What was stored long ago comes with its neighbours when older messages are loaded.
        const isOlder = stored.offset < (timeline.confirmed[0]?.offset ?? 0)
        const shown = { ...message, ...stored }
        this.#owner.show(isOlder ? unpend(timeline, message.id) : confirm(timeline, [shown], stored.sender))
      },
      (error: unknown) => {
        if (!this.#isPending(message.id)) return
        const reason = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
        this.#owner.show(pend(this.#owner.timeline, { ...message, status: 'failed', error: reason }))
      },
    )
  }

  #isPending(id: string): boolean {
    return this.#owner.timeline.pending.some((message) => message.id === id)
  }

  /** Its event may have come although its acknowledgement did not. */
  #isShown(id: string): boolean {
    return allMessages(this.#owner.timeline).some((message) => message.own && message.id === id)
  }

  #failed(id: string): ChatMessage | undefined {
    return this.#owner.timeline.pending.find((message) => message.id === id && message.status === 'failed')
  }
}
