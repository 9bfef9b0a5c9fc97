// Messages: sending, editing, deleting, reading back and searching. Who may is decided here and in the store.
import {
  type Commands,
  conversationChannel,
  limits,
  type Message,
  type MessagePage,
  type Metadata,
  NowcastError,
  type Position,
  type Results,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Hub } from '../../core/hub.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { SendOutcome, Store } from '../../store/store.ts'
import type { Typing } from '../typing/typing.ts'
import type { Announcements } from './announcements.ts'
import type { MessageWriter } from './messageWriter.ts'

const DEFAULT_PAGE = 20

/** What the messages feature works with. */
export interface MessagesParts {
  readonly app: string
  readonly store: Store
  readonly writer: MessageWriter
  readonly announcements: Announcements
  readonly hub: Hub
  readonly typing: Pick<Typing, 'stopUser'>
  readonly maxBodyBytes: number
}

/** Messages of one app's conversations. */
export class Messages {
  readonly #parts: MessagesParts

  constructor(parts: MessagesParts) {
    this.#parts = parts
  }

  /**
   * Stores a message and broadcasts it; resolves after the commit. Idempotent by the client's message id.
   * @throws NowcastError `body_empty`, `body_too_long`, `data_too_large`, `idempotency_conflict`, `not_a_member`, `conversation_not_found`, `unavailable`
   */
  async send(user: User, command: Commands['conversation.send']): Promise<Results['conversation.send']> {
    const { app, writer, announcements, hub, typing } = this.#parts
    const { conversation, messageId, body, metadata } = command
    this.#checkBody(body)
    checkMetadata(metadata)
    const outcome = await writer.send({
      app,
      conversation,
      sender: user.id,
      messageId,
      body,
      ...(metadata === undefined ? {} : { metadata }),
    })
    if (outcome.outcome === 'not_a_member') await this.#requireMember(user, conversation)
    const { message, position, duplicate } = accepted(outcome, messageId)
    typing.stopUser(channelKey(app, conversationChannel(conversation)), user.id)
    // The first attempt's announcement may have been lost together with its acknowledgement.
    if (duplicate) hub.expect(channelKey(app, conversationChannel(conversation)), message.offset)
    else announcements.announce(toAnnouncement(app, 'message:created', message, position, message.createdAt))
    return { message, position, duplicate }
  }

  /**
   * Replaces the body of the user's own message.
   * @throws NowcastError `body_empty`, `body_too_long`, `message_not_found`, `message_deleted`, `forbidden`
   */
  async edit(user: User, command: Commands['conversation.edit']): Promise<Results['conversation.edit']> {
    const { app, store, announcements } = this.#parts
    this.#checkBody(command.body)
    await this.#requireMember(user, command.conversation)
    const change = await store.edit(app, command.conversation, command.offset, user.id, command.body)
    const at = change.value.editedAt ?? change.value.createdAt
    if (change.changed) {
      announcements.announce(toAnnouncement(app, 'message:edited', change.value, change.position, at))
    }
    return { message: change.value }
  }

  /**
   * Empties the user's own message for ever.
   * @throws NowcastError `message_not_found`, `forbidden`
   */
  async delete(
    user: User,
    command: Commands['conversation.delete'],
  ): Promise<Results['conversation.delete']> {
    const { app, store, announcements } = this.#parts
    await this.#requireMember(user, command.conversation)
    const change = await store.delete(app, command.conversation, command.offset, user.id)
    const at = change.value.deletedAt ?? change.value.createdAt
    if (change.changed) {
      announcements.announce(toAnnouncement(app, 'message:deleted', change.value, change.position, at))
    }
    return { message: change.value }
  }

  /** A page of messages, newest first. @throws NowcastError `not_a_member`, `conversation_not_found` */
  async history(
    user: User,
    command: Commands['conversation.history'],
  ): Promise<Results['conversation.history']> {
    const { app, store } = this.#parts
    const { conversation, before, limit = DEFAULT_PAGE } = command
    await this.#requireMember(user, conversation)
    return store.messages(app, conversation, { limit, ...(before === undefined ? {} : { before }) })
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

  async #requireMember(user: User, conversation: string): Promise<void> {
    const membership = await this.#parts.store.membership(this.#parts.app, conversation, user.id)
    if (membership.role !== undefined) return
    throw membership.kind === 'open' ? notAMember() : notFound()
  }

  #checkBody(body: string): void {
    if (body.trim() === '') throw new NowcastError('body_empty', 'A message needs a body.', { field: 'body' })
    const { maxBodyBytes } = this.#parts
    if (Buffer.byteLength(body) > maxBodyBytes) {
      throw new NowcastError('body_too_long', `A message is at most ${maxBodyBytes} bytes long.`, {
        field: 'body',
      })
    }
  }
}

function checkMetadata(metadata: Metadata | undefined): void {
  if (metadata === undefined) return
  if (Buffer.byteLength(JSON.stringify(metadata)) <= limits.messageMetadataBytes) return
  throw new NowcastError(
    'data_too_large',
    `The metadata of a message is at most ${limits.messageMetadataBytes} bytes of JSON.`,
    { field: 'metadata' },
  )
}

function accepted(outcome: SendOutcome, messageId: string) {
  if (outcome.outcome === 'sent') return outcome
  if (outcome.outcome === 'not_a_member') throw notAMember()
  if (outcome.outcome === 'conversation_not_found') throw notFound()
  if (outcome.outcome === 'unstorable') {
    throw new NowcastError('invalid_command', '"body" holds characters that can not be stored.', {
      field: 'body',
    })
  }
  throw new NowcastError(
    'idempotency_conflict',
    `The message id "${messageId}" was used for another message.`,
    {
      field: 'messageId',
    },
  )
}

function toAnnouncement(
  app: string,
  name: 'message:created' | 'message:edited' | 'message:deleted',
  message: Message,
  position: Position,
  timestamp: number,
) {
  const { conversation, sender } = message
  const id = name === 'message:created' ? { id: message.id } : {}
  return { app, conversation, name, data: message, position, sender, timestamp, ...id }
}

const notAMember = () => new NowcastError('not_a_member', 'You are not a member of this conversation.')
const notFound = () => new NowcastError('conversation_not_found', 'There is no such conversation.')
