// Messages: sending, editing, deleting, reacting and pinning. Who may is decided in the store, in the same transaction.
import {
  type Commands,
  type ConversationEvents,
  conversationChannel,
  type Message,
  NowcastError,
  type Position,
  type Results,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Hub } from '../../core/hub.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { MessageChange } from '../../store/messageStore.ts'
import type { Store } from '../../store/store.ts'
import type { Typing } from '../typing/typing.ts'
import type { Announcements } from './announcements.ts'
import type { MessageWriter } from './messageWriter.ts'
import { accepted, checkBodySize, checkEmoji, checkMetadata, conversationNotFound } from './refusals.ts'
import type { StreamTexts } from './streams/streamTexts.ts'
import type { UserNews } from './userNews.ts'

/** What the messages feature works with. */
export interface MessagesParts {
  readonly app: string
  readonly store: Store
  readonly writer: MessageWriter
  readonly announcements: Announcements
  readonly news: UserNews
  readonly streamTexts: StreamTexts
  readonly hub: Hub
  readonly typing: Pick<Typing, 'stopUser'>
  readonly maxBodyBytes: number
}

type MessageEvent = Extract<keyof ConversationEvents, `message:${string}`>

/** Messages of one app's conversations. */
export class Messages {
  readonly #parts: MessagesParts

  constructor(parts: MessagesParts) {
    this.#parts = parts
  }

  /**
   * Stores a message and broadcasts it; resolves after the commit. Idempotent by the client's message id.
   * @throws NowcastError `body_empty`, `body_too_long`, `data_too_large`, `idempotency_conflict`, `not_a_member`, `forbidden`,
   * `conversation_not_found`, `conversation_archived`, `message_not_found` when there is no such thread, `unavailable`
   */
  async send(user: User, command: Commands['conversation.send']): Promise<Results['conversation.send']> {
    const { app, writer, typing } = this.#parts
    const { body, metadata, attachments, messageId } = command
    if (body.trim() === '' && attachments === undefined) throw bodyEmpty()
    checkBodySize(body, this.#parts.maxBodyBytes)
    checkMetadata(metadata)
    const outcome = await writer.send({ ...command, app, sender: user.id })
    if (outcome.outcome === 'not_a_member') await this.#hideFromStranger(user, command.conversation)
    const { message, position, duplicate } = accepted(outcome, messageId)
    typing.stopUser(channelKey(app, conversationChannel(command.conversation)), user.id)
    this.created(message, position, duplicate)
    return { message, position, duplicate }
  }

  /** Tells of a message that was committed. */
  created(message: Message, position: Position, duplicate: boolean): void {
    const { app, announcements, news, hub } = this.#parts
    // The first attempt's announcement may have been lost together with its acknowledgement.
    if (duplicate) hub.expect(channelKey(app, conversationChannel(message.conversation)), message.offset)
    else {
      const { conversation, sender, createdAt: timestamp, id } = message
      const name = 'message:created'
      announcements.announce({ app, conversation, name, data: message, position, sender, timestamp, id })
      news.tellMentioned(message)
    }
  }

  /**
   * Replaces the body of the user's own message.
   * @throws NowcastError `body_empty`, `body_too_long`, `message_not_found`, `message_deleted`, `message_streaming`,
   * `forbidden`, `conversation_archived`, `not_a_member`
   */
  async edit(user: User, command: Commands['conversation.edit']): Promise<Results['conversation.edit']> {
    const { app, store, maxBodyBytes } = this.#parts
    const { conversation, offset, body } = command
    checkBodySize(body, maxBodyBytes)
    const change = await store.edit(app, conversation, offset, user.id, body)
    return this.#changed('message:edited', user.id, change)
  }

  /**
   * Empties a message for ever: the user's own, or as an owner or admin anybody's.
   * @throws NowcastError `message_not_found`, `forbidden`, `not_a_member`
   */
  async delete(
    user: User,
    command: Commands['conversation.delete'],
  ): Promise<Results['conversation.delete']> {
    const { app, store, streamTexts } = this.#parts
    const { conversation, offset } = command
    const change = await store.delete(app, conversation, offset, user.id)
    const result = this.#changed('message:deleted', user.id, change)
    // A stream that is still being written notices by this that it has ended.
    if (change.changed) void streamTexts.forget(conversation, offset)
    return result
  }

  /**
   * Adds or takes back the user's reaction.
   * @throws NowcastError `invalid_command` unless it is one emoji, `too_many_reactions`, `message_not_found`,
   * `message_deleted`, `message_streaming`, `conversation_archived`, `not_a_member`
   */
  async react(user: User, command: Commands['conversation.react']): Promise<Results['conversation.react']> {
    const { app, store } = this.#parts
    const { conversation, offset, emoji, on } = command
    checkEmoji(emoji)
    const change = await store.react(app, conversation, offset, user.id, { emoji, on })
    return this.#changed('message:reacted', user.id, change)
  }

  /**
   * Pins a message, or takes the pin off: an owner or admin, in a direct conversation both.
   * @throws NowcastError `forbidden`, `invalid_command` when there are too many, `message_not_found`, `message_deleted`,
   * `message_streaming`, `conversation_archived`, `not_a_member`
   */
  async pin(user: User, command: Commands['conversation.pin']): Promise<Results['conversation.pin']> {
    const { app, store } = this.#parts
    const { conversation, offset, pinned } = command
    const change = await store.pin(app, conversation, offset, user.id, pinned)
    return this.#changed(pinned ? 'message:pinned' : 'message:unpinned', user.id, change)
  }

  /** Tells of the final body of a streamed message. */
  completed(change: MessageChange): void {
    this.#changed('message:completed', change.value.sender, change)
  }

  #changed(name: MessageEvent, sender: string, change: MessageChange): { readonly message: Message } {
    const { value: data, position, at: timestamp } = change
    const { app, announcements } = this.#parts
    const { conversation } = data
    if (change.changed) {
      announcements.announce({ app, conversation, name, data, position, sender, timestamp })
    }
    return { message: data }
  }

  /** @throws NowcastError `conversation_not_found` when a stranger may not know of the conversation */
  async #hideFromStranger(user: User, conversation: string): Promise<void> {
    const { kind } = await this.#parts.store.membership(this.#parts.app, conversation, user.id)
    if (kind !== 'open') throw conversationNotFound()
  }
}

const bodyEmpty = () => new NowcastError('body_empty', 'A message needs a body.', { field: 'body' })
