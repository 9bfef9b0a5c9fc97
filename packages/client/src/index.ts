// The face of the client package.

export type {
  Attachment,
  Availability,
  Conversation,
  ConversationMember,
  ConversationPermissions,
  Json,
  Member,
  Message,
  MessagePage,
  MessageVersion,
  Metadata,
  PersonStatus,
  Position,
  Publication,
  PublishResult,
  Reaction,
  Reader,
  Receipt,
  Role,
  TransportName,
  UserProfile,
} from '@nowcast/protocol'
export { NowcastError } from '@nowcast/protocol'
export type { BackoffBounds } from './backoff.ts'
export type {
  AnyEvents,
  Channel,
  ChannelEvent,
  EventListener,
  PublishOptions,
  TypedChannel,
} from './channels/channel.ts'
export type { ChannelGap, ChannelSnapshot } from './channels/entry.ts'
export { createClient, type NowcastClient } from './client.ts'
export type { Connection } from './connection/connection.ts'
export type { ConnectionSnapshot } from './connection/snapshot.ts'
export type { ConnectionState } from './connection/state.ts'
export type { ConversationSnapshot, LiveConversation } from './conversations/conversation.ts'
export type { ConversationList, ConversationListSnapshot } from './conversations/conversationList.ts'
export type { Inbox, InboxListener } from './conversations/inbox.ts'
export type { Membership, MembershipSnapshot } from './conversations/membership.ts'
export type { MessageOptions } from './conversations/outgoing.ts'
export type { LiveThread, ThreadSnapshot } from './conversations/thread.ts'
export type { ChatMessage } from './conversations/timeline.ts'
export type { Observable } from './observable.ts'
export type {
  AuthorizationAnswer,
  AuthorizationRequest,
  Authorize,
  ClientOptions,
  WebSocketConstructor,
  WebSocketLike,
} from './options.ts'
export type { OutboxEntry, OutboxStorage, StoredEntry } from './outbox/storage.ts'
export type { People } from './people/people.ts'
export type { ChannelPresence, MemberEvent, PresenceSnapshot } from './presence/channelPresence.ts'
export type { EventData, EventSchemas, StandardResult, StandardSchema } from './schema.ts'
export { findSharedClient, shareClient } from './sharedClient.ts'
export type { Timers } from './timers.ts'
export type { ChannelTyping, TypingSnapshot } from './typing/channelTyping.ts'
