// Conversations of the scripted server: enough of the protocol's rules to test a client against.
import {
  type Command,
  type Conversation,
  type ConversationMember,
  conversationChannel,
  type Json,
  type Message,
  type MessageVersion,
  NowcastError,
  type Publication,
  type Receipt,
  signalsChannel,
  userChannel,
} from '@nowcast/protocol'
import type { ChannelLog } from './channelLog.ts'

type Announce = (channel: string, name: string, data: Json, sender: string) => Publication
type PageCommand = Command & { readonly type: 'conversation.history' }

/** The conversations of a scripted server; everybody may do everything in all of them. */
export class ScriptedConversations {
  readonly messages = new Map<string, Message[]>()
  /** Members that are listed, by conversation. */
  readonly members = new Map<string, ConversationMember[]>()
  /** By conversation and user. */
  readonly receipts = new Map<string, Map<string, Receipt>>()
  readonly versions: MessageVersion[] = []
  /** What the next inbox holds. */
  inbox: Message[] = []
  readonly #log: (channel: string) => ChannelLog
  readonly #announce: Announce

  constructor(log: (channel: string) => ChannelLog, announce: Announce) {
    this.#log = log
    this.#announce = announce
  }

  /** Makes a conversation with `count` messages of another user. */
  create(id: string, count = 0): void {
    this.messages.set(id, [])
    for (let index = 1; index <= count; index += 1) this.send(id, 'grace', `old-${index}`, `old ${index}`)
  }

  /** Stores and announces a message, once for each id and sender. */
  send(conversation: string, sender: string, id: string, body: string, values: Partial<Message> = {}) {
    const messages = this.#messagesOf(conversation)
    const known = messages.find((message) => message.id === id && message.sender === sender)
    const log = this.#log(conversationChannel(conversation))
    if (known !== undefined) return { message: known, position: log.position, duplicate: true }
    const offset = log.position.offset + 1
    const message: Message = {
      id,
      conversation,
      offset,
      sender,
      body,
      createdAt: 1_000_000 + offset,
      ...values,
    }
    messages.push(message)
    if (message.thread !== undefined) {
      const { replies = 0 } = this.message(conversation, message.thread)
      this.#store(conversation, message.thread, { replies: replies + 1, lastReplyAt: message.createdAt })
    }
    this.#announce(log.name, 'message:created', message, sender)
    return { message, position: log.position, duplicate: false }
  }

  /** Changes a message as the server does. */
  change(conversation: string, offset: number, sender: string, values: Partial<Message>, name: string) {
    const message = this.#store(conversation, offset, values)
    this.#announce(conversationChannel(conversation), name, message, sender)
    return { message }
  }

  /** Adds a piece to a message that is being written, and announces it. */
  append(conversation: string, offset: number, text: string): void {
    const { body } = this.message(conversation, offset)
    this.#store(conversation, offset, { body: body + text })
    this.#announce(signalsChannel(conversation), 'message:appended', { offset, at: body.length, text }, '')
  }

  /** Completes a message that is being written. */
  complete(conversation: string, offset: number, body: string): void {
    const { streaming: _, ...message } = this.message(conversation, offset)
    const messages = this.#messagesOf(conversation)
    messages[messages.findIndex((other) => other.offset === offset)] = { ...message, body }
    this.change(conversation, offset, message.sender, {}, 'message:completed')
  }

  /** Moves a member's receipts, and announces that. */
  receive(conversation: string, receipt: Receipt): void {
    const receipts = this.receipts.get(conversation) ?? new Map<string, Receipt>()
    this.receipts.set(conversation, receipts.set(receipt.user, receipt))
    this.#announce(signalsChannel(conversation), 'receipts:moved', { receipts: [receipt] }, receipt.user)
  }

  /** One message. */
  message(conversation: string, offset: number): Message {
    const message = this.#messagesOf(conversation).find((other) => other.offset === offset)
    if (message === undefined) throw new NowcastError('message_not_found', 'There is no such message.')
    return message
  }

  /** Answers a command about conversations. */
  serve(command: Command, user: string) {
    switch (command.type) {
      case 'conversation.list':
        return { conversations: [...this.messages.keys()].map((id) => this.describe(id, user)) }
      case 'conversation.create': {
        const id = command.conversation ?? 'made'
        this.create(id)
        return this.describe(id, user)
      }
      case 'conversation.get':
      case 'conversation.join':
      case 'conversation.update':
      case 'conversation.archive':
        return this.describe(command.conversation, user)
      case 'conversation.leave':
      case 'conversation.remove':
        return {}
      case 'conversation.members':
        return { members: [...(this.members.get(command.conversation) ?? [])] }
      case 'conversation.invite':
        return { members: command.users.map((id) => ({ id, role: 'member', joinedAt: 1 })) }
      case 'conversation.role':
        return { member: { id: command.user, role: command.role, joinedAt: 1 } }
      case 'conversation.send': {
        const { conversation, messageId, body, type: _type, id: _id, ...values } = command
        return this.send(conversation, user, messageId, body, values)
      }
      case 'conversation.history':
        return this.#page(command)
      case 'conversation.message':
        return { message: this.message(command.conversation, command.offset) }
      case 'conversation.versions':
        return { versions: this.versions }
      case 'conversation.pins':
        return {
          messages: this.#messagesOf(command.conversation).filter(({ pinnedAt }) => pinnedAt !== undefined),
        }
      case 'conversation.receipts':
        return { receipts: [...(this.receipts.get(command.conversation)?.values() ?? [])] }
      case 'conversation.readers':
        return { readers: [{ user: 'grace', read: true }] }
      case 'conversation.receipt':
        return this.#acknowledge(command, user)
      case 'conversation.inbox':
        return { messages: this.inbox, more: false }
      default:
        return this.#serveChange(command, user)
    }
  }

  /** A conversation as one of its members sees it. */
  describe(id: string, user = ''): Conversation {
    const messages = this.#messagesOf(id)
    const lastMessage = messages.at(-1)
    const read = this.receipts.get(id)?.get(user)?.read ?? 0
    return {
      id,
      kind: 'open',
      name: id,
      support: false,
      memberCount: 2,
      createdAt: 1_000_000,
      position: this.#log(conversationChannel(id)).position,
      role: 'member',
      permissions: { post: 'member', invite: 'member' },
      read,
      ...this.unread(id, user, read),
      ...(lastMessage === undefined ? {} : { lastMessage }),
    }
  }

  /** What a user has not read. */
  unread(conversation: string, user: string, read: number) {
    const unread = this.#messagesOf(conversation).filter(
      ({ offset, sender, thread, deletedAt }) =>
        offset > read && sender !== user && thread === undefined && deletedAt === undefined,
    )
    const unreadMentions = unread.filter(({ mentions }) => mentions?.includes(user)).length
    return { unread: unread.length, unreadMentions }
  }

  #serveChange(command: Command, user: string) {
    switch (command.type) {
      case 'conversation.edit': {
        this.#ownOnly(command, user)
        const values = { body: command.body, editedAt: 2_000_000 }
        return this.change(command.conversation, command.offset, user, values, 'message:edited')
      }
      case 'conversation.delete': {
        this.#ownOnly(command, user)
        const values = { body: '', deletedAt: 2_000_000 }
        return this.change(command.conversation, command.offset, user, values, 'message:deleted')
      }
      case 'conversation.react': {
        const { conversation, offset, emoji, on } = command
        const reactions = (this.message(conversation, offset).reactions ?? [])
          .map((known) => ({ emoji: known.emoji, users: known.users.filter((other) => other !== user) }))
          .filter(({ users }) => users.length > 0)
        const added = on ? [...reactions, { emoji, users: [user] }] : reactions
        return this.change(conversation, offset, user, { reactions: added }, 'message:reacted')
      }
      case 'conversation.pin': {
        const { conversation, offset } = command
        const values = { pinnedAt: 3_000_000, pinnedBy: user }
        return this.change(conversation, offset, user, values, 'message:pinned')
      }
      default:
        throw new NowcastError('unknown_command', 'The scripted server does not know this command.')
    }
  }

  #page({ conversation, before, after, around, thread, limit = 20 }: PageCommand) {
    const all = this.#messagesOf(conversation).filter((message) => message.thread === thread)
    const { position } = this.#log(conversationChannel(conversation))
    if (after !== undefined) {
      const newer = all.filter(({ offset }) => offset > after)
      return { messages: newer.slice(0, limit).reverse(), more: newer.length > limit, position }
    }
    if (around !== undefined) {
      const index = all.findIndex(({ offset }) => offset === around)
      if (index < 0) throw new NowcastError('message_not_found', 'There is no such message.')
      const start = Math.max(index - (limit >> 1), 0)
      return { messages: all.slice(start, start + limit).reverse(), more: start > 0, position }
    }
    const older = all.filter(({ offset }) => offset < (before ?? Number.POSITIVE_INFINITY))
    return { messages: older.slice(-limit).reverse(), more: older.length > limit, position }
  }

  #acknowledge(command: Command & { readonly type: 'conversation.receipt' }, user: string): object {
    const { conversation } = command
    const known = this.receipts.get(conversation)?.get(user)
    const read = Math.max(command.read ?? 0, known?.read ?? 0)
    const delivered = Math.max(command.delivered ?? 0, known?.delivered ?? 0, read)
    this.receive(conversation, { user, delivered, read })
    const data = { id: conversation, read, ...this.unread(conversation, user, read) }
    if (command.read !== undefined) this.#announce(userChannel(user), 'conversation:read', data, user)
    return {}
  }

  #ownOnly({ conversation, offset }: { conversation: string; offset: number }, user: string): void {
    if (this.message(conversation, offset).sender !== user) {
      throw new NowcastError('forbidden', 'It is not yours.')
    }
  }

  #store(conversation: string, offset: number, values: Partial<Message>): Message {
    const messages = this.#messagesOf(conversation)
    const changed = { ...this.message(conversation, offset), ...values }
    messages[messages.findIndex((message) => message.offset === offset)] = changed
    return changed
  }

  #messagesOf(conversation: string): Message[] {
    const messages = this.messages.get(conversation)
    if (messages === undefined)
      throw new NowcastError('conversation_not_found', 'There is no such conversation.')
    return messages
  }
}
