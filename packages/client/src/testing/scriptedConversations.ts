// Conversations of the scripted server: enough of the protocol's rules to test a client against.
import {
  type Command,
  type Conversation,
  conversationChannel,
  type Json,
  type Message,
  NowcastError,
  type Publication,
} from '@nowcast/protocol'
import type { ChannelLog } from './channelLog.ts'

type Announce = (channel: string, name: string, data: Json, sender: string) => Publication

/** The conversations of a scripted server; everybody is a member of all of them. */
export class ScriptedConversations {
  readonly messages = new Map<string, Message[]>()
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
  send(conversation: string, sender: string, id: string, body: string) {
    const messages = this.#messagesOf(conversation)
    const known = messages.find((message) => message.id === id && message.sender === sender)
    const log = this.#log(conversationChannel(conversation))
    if (known !== undefined) return { message: known, position: log.position, duplicate: true }
    const offset = log.position.offset + 1
    const message: Message = { id, conversation, offset, sender, body, createdAt: 1_000_000 + offset }
    messages.push(message)
    this.#announce(log.name, 'message:created', message, sender)
    return { message, position: log.position, duplicate: false }
  }

  /** Changes a message as the server does. */
  change(conversation: string, offset: number, sender: string, values: Partial<Message>, name: string) {
    const messages = this.#messagesOf(conversation)
    const index = messages.findIndex((message) => message.offset === offset)
    const message = messages[index]
    if (message === undefined) throw new NowcastError('message_not_found', 'There is no such message.')
    if (message.sender !== sender) throw new NowcastError('forbidden', 'It is not yours.')
    const changed = { ...message, ...values }
    messages[index] = changed
    this.#announce(conversationChannel(conversation), name, changed, sender)
    return { message: changed }
  }

  /** Answers a command about conversations. */
  serve(command: Command, user: string) {
    switch (command.type) {
      case 'conversation.list':
        return { conversations: [...this.messages.keys()].map((id) => this.describe(id)) }
      case 'conversation.create': {
        const id = command.conversation ?? 'made'
        this.create(id)
        return this.describe(id)
      }
      case 'conversation.get':
      case 'conversation.join':
        return this.describe(command.conversation)
      case 'conversation.leave':
        return {}
      case 'conversation.members':
        return { members: [] }
      case 'conversation.send':
        return this.send(command.conversation, user, command.messageId, command.body)
      case 'conversation.history': {
        const { before = Number.POSITIVE_INFINITY, limit = 20, conversation } = command
        const older = this.#messagesOf(conversation).filter(({ offset }) => offset < before)
        return {
          messages: older.slice(-limit).reverse(),
          more: older.length > limit,
          position: this.#log(conversationChannel(conversation)).position,
        }
      }
      case 'conversation.edit': {
        const values = { body: command.body, editedAt: 2_000_000 }
        return this.change(command.conversation, command.offset, user, values, 'message:edited')
      }
      case 'conversation.delete': {
        const values = { body: '', deletedAt: 2_000_000 }
        return this.change(command.conversation, command.offset, user, values, 'message:deleted')
      }
      default:
        throw new NowcastError('unknown_command', 'The scripted server does not know this command.')
    }
  }

  /** A conversation as its members see it. */
  describe(id: string): Conversation {
    const lastMessage = this.#messagesOf(id).at(-1)
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
      ...(lastMessage === undefined ? {} : { lastMessage }),
    }
  }

  #messagesOf(conversation: string): Message[] {
    const messages = this.messages.get(conversation)
    if (messages === undefined)
      throw new NowcastError('conversation_not_found', 'There is no such conversation.')
    return messages
  }
}
