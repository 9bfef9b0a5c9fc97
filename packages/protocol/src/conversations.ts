// Chat: conversations, members, messages, and the events that a conversation's channel carries.
import type { Metadata, Position } from './envelope.ts'
import { isChannelName } from './names.ts'

/** Channels of conversations start with this; the rest of the name is the conversation's id. */
export const CONVERSATION_CHANNEL_PREFIX = 'conversation-'

/** Channels of a conversation's signals start with this: what is of interest now and has no place in its log. */
export const SIGNALS_CHANNEL_PREFIX = 'signals-'

/** The channel that carries a user's own events starts with this; only that user may subscribe. */
export const USER_CHANNEL_PREFIX = 'user-'

/** The channel of a conversation. */
export const conversationChannel = (conversation: string): string =>
  CONVERSATION_CHANNEL_PREFIX + conversation

/** The channel of a conversation's signals. */
export const signalsChannel = (conversation: string): string => SIGNALS_CHANNEL_PREFIX + conversation

/**
 * The channel of a user's own events: `user-<id>`. An id that no channel name can hold, or that starts with `=`, stands there
 * after a further `=`, with every byte but letters, digits and `_-.` as `=` and two hexadecimal digits of UTF-8.
 */
export function userChannel(user: string): string {
  const plain = USER_CHANNEL_PREFIX + user
  if (isChannelName(plain) && !user.startsWith('=')) return plain
  const rest = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return `${USER_CHANNEL_PREFIX}=${encodeURIComponent(user)
    .replace(/[!~*'()]/g, rest)
    .replaceAll('%', '=')}`
}

/** What a member may do. */
export type Role = 'owner' | 'admin' | 'member'

/** `open`: anyone signed in may find and join it. `closed`: members are named at creation. `direct`: between two users. */
export type ConversationKind = 'open' | 'closed' | 'direct'

/** A user as others see them. */
export type UserProfile = {
  readonly id: string
  readonly name?: string
  /** Address of a picture. */
  readonly avatar?: string
}

/** A user's membership in a conversation. */
export type ConversationMember = UserProfile & {
  readonly role: Role
  /** Milliseconds since 1970. */
  readonly joinedAt: number
  /** When the user was last connected, in milliseconds since 1970; absent when never. */
  readonly lastSeenAt?: number
}

/** The least role that a member needs. */
export type ConversationPermissions = {
  /** To send messages. */
  readonly post: Role
  /** To invite others. */
  readonly invite: Role
}

/** A file that a message refers to. The application stores it; the message holds only where it is. */
export type Attachment = {
  readonly name: string
  /** An address with `http:` or `https:`. */
  readonly url: string
  /** Its media type. */
  readonly type?: string
  readonly bytes?: number
}

/** Who reacted to a message with what. */
export type Reaction = {
  readonly emoji: string
  /** In the order they reacted. */
  readonly users: readonly string[]
}

/** How far a member has come in a conversation. */
export type Receipt = {
  readonly user: string
  /** Messages up to this offset have reached one of the member's devices. */
  readonly delivered: number
  /** When `delivered` last moved, in milliseconds since 1970. */
  readonly deliveredAt?: number
  /** Messages up to this offset were seen by the member. */
  readonly read: number
  readonly readAt?: number
}

/** A member whom a message has reached, and when, as far as that is still known. */
export type Reader = {
  readonly user: string
  readonly deliveredAt?: number
  /** True when the member has seen it. */
  readonly read: boolean
  readonly readAt?: number
}

/** A durable message. `conversation` and `offset` address it for ever. */
export type Message = {
  /** Given by the sender's client; unique per conversation and sender. */
  readonly id: string
  readonly conversation: string
  /** Its place in the conversation's channel. */
  readonly offset: number
  readonly sender: string
  /** Empty once deleted. */
  readonly body: string
  readonly metadata?: Metadata
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly editedAt?: number
  readonly deletedAt?: number
  /** A reply: the offset of the message that its thread began with. */
  readonly thread?: number
  /** Replies in its thread. */
  readonly replies?: number
  readonly lastReplyAt?: number
  /** Users that its sender has mentioned. */
  readonly mentions?: readonly string[]
  readonly attachments?: readonly Attachment[]
  readonly reactions?: readonly Reaction[]
  /** When it was pinned; absent when it is not. */
  readonly pinnedAt?: number
  readonly pinnedBy?: string
  /** True while its body is still being written; pieces come as `message:appended` signals. */
  readonly streaming?: boolean
}

/** A text that a message had before it was edited. */
export type MessageVersion = {
  readonly body: string
  /** When it was replaced, in milliseconds since 1970. */
  readonly replacedAt: number
}

/** A chat channel as one of its members (or someone who may join) sees it. */
export type Conversation = {
  readonly id: string
  readonly kind: ConversationKind
  readonly name: string
  /** True for conversations with a support team. */
  readonly support: boolean
  readonly memberCount: number
  readonly createdAt: number
  /** The place of its newest event. */
  readonly position: Position
  /** The asking user's role; absent when not a member. */
  readonly role?: Role
  /** In a direct conversation, the other user. */
  readonly peer?: UserProfile
  readonly lastMessage?: Message
  readonly permissions: ConversationPermissions
  /** When it was archived: it can be read, but nothing is sent and nobody joins. */
  readonly archivedAt?: number
  /** The asking member's own place. */
  readonly read?: number
  /** Others' messages after `read`, counted up to `limits.unread`. */
  readonly unread?: number
  /** Those of them that mention the asking member. */
  readonly unreadMentions?: number
}

/** Events on a conversation's channel, by name, with the shape of their data. */
export type ConversationEvents = {
  'message:created': Message
  'message:edited': Message
  'message:deleted': Message
  'message:reacted': Message
  'message:pinned': Message
  'message:unpinned': Message
  /** A streamed message has its final body. */
  'message:completed': Message
  /** The event's sender is who joined, or who invited. */
  'member:joined': ConversationMember
  /** The event's sender is who left, or who removed. */
  'member:left': { readonly id: string }
  /** A role has changed. */
  'member:changed': ConversationMember
  'conversation:changed': {
    readonly name: string
    readonly permissions: ConversationPermissions
    readonly archivedAt?: number
  }
}

/** Events on a conversation's channel of signals, by name, with the shape of their data. */
export type SignalEvents = {
  'receipts:moved': { readonly receipts: readonly Receipt[] }
  /** `text` stands at the character `at` of the body (UTF-16 code units) of the message with that offset. */
  'message:appended': { readonly offset: number; readonly at: number; readonly text: string }
}

/** Events on a user's own channel, by name, with the shape of their data. */
export type UserEvents = {
  'conversation:added': Conversation
  'conversation:removed': { readonly id: string }
  /** The user has read on another connection. */
  'conversation:read': {
    readonly id: string
    readonly read: number
    readonly unread: number
    readonly unreadMentions: number
  }
  /** Somebody has mentioned the user. */
  'message:mentioned': Message
}

/** A page of messages, newest first. */
export type MessagePage = {
  readonly messages: readonly Message[]
  /** True when older ones exist. */
  readonly more: boolean
}
