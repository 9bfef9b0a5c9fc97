// What must last of messages: the part of the store that the messages of conversations are kept by.
import type { Attachment, Message, MessagePage, MessageVersion, Metadata, Position } from '@nowcast/protocol'
import type { HistoryQuery, HistorySlice } from '../engine/history.ts'
import type { Change } from './store.ts'

/** A message on its way into a conversation. */
export interface MessageDraft {
  readonly app: string
  readonly conversation: string
  readonly sender: string
  /** The client's id: unique per conversation and sender, for ever. */
  readonly messageId: string
  readonly body: string
  readonly metadata?: Metadata
  /** A reply: the offset of the message that its thread begins with. */
  readonly thread?: number
  /** Ids of users; those who are no members are left out. */
  readonly mentions?: readonly string[]
  readonly attachments?: readonly Attachment[]
  /** True for a message whose body is written afterwards, piece by piece. */
  readonly streamed?: boolean
}

/** Why a draft was not sent. `unstorable`: its text holds what no database keeps. */
export type SendRefusal =
  | 'conflict'
  | 'conversation_not_found'
  | 'not_a_member'
  /** The sender's role is below the one that is needed. */
  | 'forbidden'
  | 'conversation_archived'
  /** There is no such thread. */
  | 'message_not_found'
  | 'unstorable'

/** How a draft fared. Everything but `sent` left nothing behind. */
export type SendOutcome =
  | {
      readonly outcome: 'sent'
      readonly message: Message
      readonly position: Position
      readonly duplicate: boolean
    }
  | { readonly outcome: SendRefusal }

/** Which messages of a conversation to read. At most one of `before`, `after` and `around`; none: the newest. */
export interface MessageQuery {
  /** Only older ones. */
  readonly before?: number
  /** Only newer ones, from the oldest of them. */
  readonly after?: number
  /** This one with its neighbours. */
  readonly around?: number
  /** The replies of this thread; without it, replies are left out. */
  readonly thread?: number
  readonly limit: number
}

/** A page of messages, as they were when the conversation was at `position`. */
export type MessageSlice = MessagePage & { readonly position: Position }

/** A change of a message. */
export interface MessageChange extends Change<Message> {
  /** When it was made, in milliseconds since 1970. */
  readonly at: number
}

/** A streamed message, as the author's backend speaks of it. */
export interface Stream {
  readonly conversation: string
  readonly messageId: string
  readonly offset: number
  readonly sender: string
  readonly state: 'streaming' | 'complete' | 'deleted'
}

/**
 * Messages of conversations. Every method throws NowcastError `unavailable` while the database can't be reached. Methods with
 * a `user` throw `conversation_not_found` or `not_a_member` when that user is no member at that moment.
 */
export interface MessageStore {
  /**
   * Commits all drafts in one transaction and gives each its offset; outcomes in the order of the drafts.
   * The same message id with the same body is a duplicate and answers with the first; with another body a conflict.
   */
  send(drafts: readonly MessageDraft[]): Promise<readonly SendOutcome[]>

  /** Newest first. @throws NowcastError `conversation_not_found`; `message_not_found` when there is nothing to be around */
  messages(app: string, conversation: string, query: MessageQuery): Promise<MessageSlice>
  /** @throws NowcastError `message_not_found` */
  message(app: string, conversation: string, offset: number): Promise<Message>
  /** Texts that a message had before, newest first. @throws NowcastError `message_not_found` */
  versions(app: string, conversation: string, offset: number): Promise<readonly MessageVersion[]>
  /** Pinned messages, last pinned first. */
  pins(app: string, conversation: string): Promise<readonly Message[]>
  /** Messages containing `query`, newest first, in the given or all of the user's conversations. */
  search(
    app: string,
    user: string,
    search: { readonly query: string; readonly conversation?: string; readonly limit: number },
  ): Promise<MessagePage>

  /**
   * Replaces the body and keeps the former one.
   * @throws NowcastError `message_not_found`, `message_deleted`, `message_streaming`, `forbidden` when not the sender's own,
   * `body_empty`, `conversation_archived`
   */
  edit(app: string, conversation: string, offset: number, user: string, body: string): Promise<MessageChange>
  /** @throws NowcastError `message_not_found`, `forbidden` when neither the sender's own nor an owner or admin asks */
  delete(app: string, conversation: string, offset: number, user: string): Promise<MessageChange>
  /**
   * Adds or takes back a user's reaction.
   * @throws NowcastError `message_not_found`, `message_deleted`, `too_many_reactions`, `conversation_archived`
   */
  react(
    app: string,
    conversation: string,
    offset: number,
    user: string,
    reaction: { readonly emoji: string; readonly on: boolean },
  ): Promise<MessageChange>
  /**
   * @throws NowcastError `message_not_found`, `message_deleted`, `forbidden` for members without a role,
   * `invalid_command` when there are too many, `conversation_archived`
   */
  pin(
    app: string,
    conversation: string,
    offset: number,
    user: string,
    pinned: boolean,
  ): Promise<MessageChange>

  /** The streamed message with that id, or undefined. */
  findStream(app: string, conversation: string, messageId: string): Promise<Stream | undefined>
  /** Streams that began at least `ageMs` milliseconds ago and have not ended, the oldest first. */
  openStreams(app: string, ageMs: number, limit: number): Promise<readonly Stream[]>
  /**
   * Gives a streamed message its final body, once: `changed` is false when it had ended before.
   * @throws NowcastError `message_not_found`
   */
  completeStream(app: string, conversation: string, offset: number, body: string): Promise<MessageChange>

  /**
   * The conversation's channel as publications: every offset from 1 to the newest is exactly one event of `ConversationEvents`.
   * A message is told as it is now, but with the replies that it had at the event.
   * @throws NowcastError `conversation_not_found`
   */
  readLog(app: string, conversation: string, query: HistoryQuery): Promise<HistorySlice>
}
