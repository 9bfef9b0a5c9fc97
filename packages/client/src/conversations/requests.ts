// What can be asked of a conversation once, without following it.
import type {
  Conversation,
  ConversationMember,
  ConversationPermissions,
  Message,
  MessagePage,
  MessageVersion,
  Reader,
  Role,
} from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'

/** Asks about one conversation. */
export class ConversationRequests {
  readonly id: string
  readonly #connection: Connection

  constructor(id: string, connection: Connection) {
    this.id = id
    this.#connection = connection
  }

  /** Pinned messages, last pinned first. @throws NowcastError */
  async pins(): Promise<readonly Message[]> {
    return (await this.#connection.call('conversation.pins', { conversation: this.id })).messages
  }

  /** Texts that a message had before it was edited, newest first. @throws NowcastError */
  async versions(offset: number): Promise<readonly MessageVersion[]> {
    return (await this.#connection.call('conversation.versions', { conversation: this.id, offset })).versions
  }

  /** Whom a message has reached. @throws NowcastError */
  async readers(offset: number): Promise<readonly Reader[]> {
    return (await this.#connection.call('conversation.readers', { conversation: this.id, offset })).readers
  }

  /** One message, wherever it is. @throws NowcastError `message_not_found` */
  async message(offset: number): Promise<Message> {
    return (await this.#connection.call('conversation.message', { conversation: this.id, offset })).message
  }

  /** The members, by name. @throws NowcastError */
  async members(): Promise<readonly ConversationMember[]> {
    return (await this.#connection.call('conversation.members', { conversation: this.id })).members
  }

  /** @returns those of them who were no members before @throws NowcastError */
  async invite(users: readonly string[]): Promise<readonly ConversationMember[]> {
    return (await this.#connection.call('conversation.invite', { conversation: this.id, users })).members
  }

  /** Ends somebody's membership. @throws NowcastError */
  async remove(user: string): Promise<void> {
    await this.#connection.call('conversation.remove', { conversation: this.id, user })
  }

  /** Gives a member a role. @throws NowcastError */
  async setRole(user: string, role: Role): Promise<ConversationMember> {
    return (await this.#connection.call('conversation.role', { conversation: this.id, user, role })).member
  }

  /** Changes its name, or what members may do. @throws NowcastError */
  update(values: {
    readonly name?: string
    readonly permissions?: Partial<ConversationPermissions>
  }): Promise<Conversation> {
    return this.#connection.call('conversation.update', { conversation: this.id, ...values })
  }

  /** Archives it, or takes that back. @throws NowcastError */
  archive(archived: boolean): Promise<Conversation> {
    return this.#connection.call('conversation.archive', { conversation: this.id, archived })
  }

  /** Messages of this conversation that contain `query`, newest first. @throws NowcastError */
  search(query: string): Promise<MessagePage> {
    return this.#connection.call('conversation.search', { query, conversation: this.id })
  }
}
