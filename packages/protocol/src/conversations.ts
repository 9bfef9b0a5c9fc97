// Chat: conversations, members, messages, and the events that a conversation's channel carries.
import type { Metadata, Position } from './envelope.ts'
import { isChannelName } from './names.ts'

/** Channels of conversations start with this; the rest of the name is the conversation's id. */
export const CONVERSATION_CHANNEL_PREFIX = 'conversation-'

/** The channel that carries a user's own events starts with this; only that user may subscribe. */
export const USER_CHANNEL_PREFIX = 'user-'

/** The channel of a conversation. */
export const conversationChannel = (conversation: string): string =>
  CONVERSATION_CHANNEL_PREFIX + conversation

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
}

/** Events on a conversation's channel, by name, with the shape of their data. */
export type ConversationEvents = {
  'message:created': Message
  'message:edited': Message
  'message:deleted': Message
  'member:joined': ConversationMember
  'member:left': { readonly id: string }
}

/** Events on a user's own channel, by name, with the shape of their data. */
export type UserEvents = {
  'conversation:added': Conversation
  'conversation:removed': { readonly id: string }
}

/** A page of messages, newest first. */
export type MessagePage = {
  readonly messages: readonly Message[]
  /** True when older ones exist. */
  readonly more: boolean
}
