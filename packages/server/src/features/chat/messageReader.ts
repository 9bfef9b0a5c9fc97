// Reading messages back. Only members may; what is read is of one moment, and streamed messages have the text so far.
import {
  type Commands,
  type Message,
  type MessagePage,
  NowcastError,
  type Position,
  type Results,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { MessageSlice } from '../../store/messageStore.ts'
import type { Store } from '../../store/store.ts'
import type { MessageCache } from './messageCache.ts'
import { conversationNotFound, notAMember } from './refusals.ts'
import type { StreamTexts } from './streams/streamTexts.ts'

const DEFAULT_PAGE = 20

/** What reading works with. */
export interface MessageReaderParts {
  readonly app: string
  readonly store: Store
  readonly cache: MessageCache
  readonly streamTexts: StreamTexts
}

/** Reads the messages of one app's conversations. */
export class MessageReader {
  readonly #parts: MessageReaderParts

  constructor(parts: MessageReaderParts) {
    this.#parts = parts
  }

  /**
   * A page of messages, newest first.
   * @throws NowcastError `invalid_command` when more than one place is given, `message_not_found` when there is nothing to be
   * around, `not_a_member`, `conversation_not_found`
   */
  async history(
    user: User,
    command: Commands['conversation.history'],
  ): Promise<Results['conversation.history']> {
    const { conversation, limit = DEFAULT_PAGE, ...place } = command
    const { before, after, around } = place
    if ([before, after, around].filter((given) => given !== undefined).length > 1) {
      throw new NowcastError('invalid_command', 'Only one of "before", "after" and "around" can be given.', {
        field: before === undefined ? 'around' : 'before',
      })
    }
    const position = await this.#requireMember(user, conversation)
    const slice = await this.#read(conversation, position, { ...place, limit })
    return { ...slice, messages: await this.#withTexts(slice.messages) }
  }

  /** One message. @throws NowcastError `message_not_found`, `not_a_member`, `conversation_not_found` */
  async message(
    user: User,
    { conversation, offset }: Commands['conversation.message'],
  ): Promise<Results['conversation.message']> {
    await this.#requireMember(user, conversation)
    const message = await this.#parts.store.message(this.#parts.app, conversation, offset)
    return { message: await this.withText(message) }
  }

  /** Former texts of a message. @throws NowcastError `message_not_found`, `not_a_member`, `conversation_not_found` */
  async versions(
    user: User,
    { conversation, offset }: Commands['conversation.versions'],
  ): Promise<Results['conversation.versions']> {
    await this.#requireMember(user, conversation)
    return { versions: await this.#parts.store.versions(this.#parts.app, conversation, offset) }
  }

  /** Pinned messages. @throws NowcastError `not_a_member`, `conversation_not_found` */
  async pins(
    user: User,
    { conversation }: Commands['conversation.pins'],
  ): Promise<Results['conversation.pins']> {
    await this.#requireMember(user, conversation)
    return { messages: await this.#parts.store.pins(this.#parts.app, conversation) }
  }

  /** Messages that contain the query, in the user's conversations. @throws NowcastError `not_a_member` */
  async search(user: User, command: Commands['conversation.search']): Promise<MessagePage> {
    const { app, store } = this.#parts
    const { query, conversation, limit = DEFAULT_PAGE } = command
    if (conversation !== undefined) await this.#requireMember(user, conversation)
    return store.search(app, user.id, {
      query,
      limit,
      ...(conversation === undefined ? {} : { conversation }),
    })
  }

  /** A message with its text so far, when it is still being written. */
  async withText(message: Message): Promise<Message> {
    if (!message.streaming) return message
    const written = await this.#parts.streamTexts.read(message.conversation, message.offset)
    return written === undefined ? message : { ...message, body: written.text }
  }

  #withTexts(messages: readonly Message[]): Promise<readonly Message[]> {
    return Promise.all(messages.map((message) => this.withText(message)))
  }

  async #read(
    conversation: string,
    position: Position,
    query: Omit<Commands['conversation.history'], 'conversation'> & { readonly limit: number },
  ): Promise<MessageSlice> {
    const { app, store, cache } = this.#parts
    const { before, after, around, thread, limit } = query
    const newest = after === undefined && around === undefined && thread === undefined
    const cached = newest ? await cache.page(conversation, position, before, limit) : undefined
    return cached ?? store.messages(app, conversation, query)
  }

  async #requireMember(user: User, conversation: string): Promise<Position> {
    const membership = await this.#parts.store.membership(this.#parts.app, conversation, user.id)
    if (membership.role !== undefined) return membership.position
    throw membership.kind === 'open' ? notAMember() : conversationNotFound()
  }
}
