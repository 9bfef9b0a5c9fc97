// Messages of a conversation that are shown somewhere, kept as they are on the server: by events of the conversation's
// channel, by signals (how far others have come, pieces of what is being written), and by what the server answers.
import type { Message, Publication, Receipt } from '@nowcast/protocol'
import type { ChatParts } from './parts.ts'
import type { Piece } from './pieces.ts'
import { Streams } from './streams.ts'
import {
  type Change,
  confirm,
  countReply,
  emptyTimeline,
  isMessage,
  messageAt,
  progressed,
  restart,
  type Timeline,
  unchange,
} from './timeline.ts'

/** Who shows the messages. */
export interface ViewOwner {
  /** Called after every change. */
  show(): void
  /** Takes a new message of the conversation, or leaves it. */
  created?(message: Message): void
}

/** Messages that are shown. */
export class View {
  readonly conversation: string
  readonly #parts: ChatParts
  readonly #owner: ViewOwner
  readonly #streams: Streams
  #timeline: Timeline = emptyTimeline

  constructor(conversation: string, parts: ChatParts, owner: ViewOwner) {
    this.conversation = conversation
    this.#parts = parts
    this.#owner = owner
    this.#streams = new Streams(this, parts)
  }

  /** What is shown. */
  get timeline(): Timeline {
    return this.#timeline
  }

  /** Whose page it is. */
  get user(): string | undefined {
    return this.#parts.outbox.owner
  }

  show(timeline: Timeline): void {
    if (timeline === this.#timeline) return
    this.#timeline = timeline
    this.#owner.show()
  }

  /** Forgets everything but what is on its way. */
  forget(): void {
    const { pending } = this.#timeline
    this.#streams.stop()
    this.show({ ...emptyTimeline, pending })
  }

  /** Forgets everything; for when another user has signed in. */
  clear(): void {
    this.#streams.stop()
    this.show(emptyTimeline)
  }

  /** Takes in what the server has answered. @param asOf everything up to this place of the channel is in it */
  confirm(messages: readonly Message[], asOf?: number): void {
    this.#arrived(messages)
    this.show(confirm(this.#timeline, messages, this.user, asOf))
  }

  /** Shows these messages and no others. */
  restart(messages: readonly Message[], asOf?: number): void {
    this.#arrived(messages)
    this.show(restart(this.#timeline, messages, this.user, asOf))
  }

  /** Takes in a message when it is shown. */
  refresh(message: Message, asOf?: number): void {
    if (messageAt(this.#timeline, message.offset) !== undefined) this.confirm([message], asOf)
  }

  /** Shows no longer a change that the server has answered with `message`. @param asOf see `confirm` */
  settle(change: Change, message: Message, asOf: number | undefined): void {
    const settled = unchange(this.#timeline, change)
    const isShown = messageAt(settled, message.offset) !== undefined
    this.show(isShown ? confirm(settled, [message], this.user, asOf) : settled)
  }

  /** Takes in an event of the conversation's channel. */
  receive({ name, data, offset }: Publication): void {
    if (!name.startsWith('message:') || !isMessage(data)) return
    if (name !== 'message:created') {
      // A message that was not loaded is not shown because it was changed.
      this.refresh(data, offset)
      return
    }
    this.#arrived([data])
    this.#owner.created?.(data)
    if (data.thread !== undefined) this.show(countReply(this.#timeline, data, offset))
  }

  /** Takes in how far others have come. */
  reached(receipts: readonly Receipt[]): void {
    this.show(progressed(this.#timeline, receipts, this.user))
  }

  /** Takes in a piece of what is being written. */
  append(piece: Piece): void {
    this.#streams.receive(piece)
  }

  /** Pieces may have been missed. */
  catchUp(): void {
    this.#streams.catchUp()
  }

  /** Ends what is under way, until there is more to show. */
  stop(): void {
    this.#streams.stop()
  }

  #arrived(messages: readonly Message[]): void {
    let newest = 0
    for (const { sender, offset } of messages) if (sender !== this.user) newest = Math.max(newest, offset)
    this.#parts.acknowledger.delivered(this.conversation, newest)
  }
}
