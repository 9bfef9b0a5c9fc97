// A conversation's messages on their way to the server: on screen at once, and followed until they are stored or failed.
import { type Message, type Metadata, NowcastError } from '@nowcast/protocol'
import type { ClientParts } from '../channels/channel.ts'
import { newId } from '../ids.ts'
import { type ChatMessage, confirm, pend, type Timeline, unpend } from './timeline.ts'

/** The timeline that messages are shown on. */
export interface TimelineOwner {
  readonly timeline: Timeline
  show(timeline: Timeline): void
}

interface Draft {
  readonly id: string
  readonly body: string
  readonly metadata?: Metadata
  readonly createdAt: number
}

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
    const message = this.#toShown({
      id: newId(),
      body,
      createdAt: this.#parts.timers.now(),
      ...(metadata === undefined ? {} : { metadata }),
    })
    this.#dispatch(message)
    return message
  }

  /** Sends a failed message again, under the same id. */
  retry(id: string): void {
    const failed = this.#failed(id)
    if (failed === undefined) return
    const { error: _, ...message } = failed
    // It goes behind what was sent meanwhile.
    this.#owner.show(unpend(this.#owner.timeline, id))
    this.#dispatch({ ...message, status: 'sending' })
  }

  /** Takes a failed message off the screen. */
  discard(id: string): void {
    if (this.#failed(id) !== undefined) this.#owner.show(unpend(this.#owner.timeline, id))
  }

  /** Shows what waits in the outbox and is not on screen yet: from an earlier page, or sent before anybody looked. */
  showWaiting(): void {
    for (const { entry, result } of this.#parts.outbox.waitingFor(this.#conversation)) {
      const { messageId: id, ...command } = entry.command
      if (this.#isPending(id)) continue
      const message = this.#toShown({ ...command, id, createdAt: entry.createdAt })
      this.#owner.show(pend(this.#owner.timeline, message))
      this.#follow(message, result)
    }
  }

  #toShown({ id, body, metadata, createdAt }: Draft): ChatMessage {
    return {
      id,
      conversation: this.#conversation,
      offset: 0,
      sender: this.#parts.connection.getSnapshot().user?.id ?? '',
      body,
      createdAt,
      status: 'sending',
      own: true,
      ...(metadata === undefined ? {} : { metadata }),
    }
  }

  #dispatch(message: ChatMessage): void {
    this.#owner.show(pend(this.#owner.timeline, message))
    const { conversation, id: messageId, body, metadata, createdAt } = message
    const command = { conversation, messageId, body, ...(metadata === undefined ? {} : { metadata }) }
    this.#follow(message, this.#parts.outbox.send(command, createdAt))
  }

  #follow(message: ChatMessage, result: Promise<{ readonly message: Message }>): void {
    result.then(
      ({ message: stored }) =>
        this.#owner.show(confirm(this.#owner.timeline, [{ ...message, ...stored }], stored.sender)),
      (error: unknown) => {
        // Its event may have come although its acknowledgement did not.
        if (!this.#isPending(message.id)) return
        const reason = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
        this.#owner.show(pend(this.#owner.timeline, { ...message, status: 'failed', error: reason }))
      },
    )
  }

  #isPending(id: string): boolean {
    return this.#owner.timeline.pending.some((message) => message.id === id)
  }

  #failed(id: string): ChatMessage | undefined {
    return this.#owner.timeline.pending.find((message) => message.id === id && message.status === 'failed')
  }
}
