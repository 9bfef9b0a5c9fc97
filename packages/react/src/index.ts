// The face of the React package: hooks that are thin over the client, and the few components that everybody needs.
export type {
  Attachment,
  Availability,
  ChatMessage,
  ClientOptions,
  ConnectionSnapshot,
  Conversation,
  ConversationMember,
  ConversationPermissions,
  ConversationSnapshot,
  Json,
  Member,
  Message,
  MessagePage,
  MessageVersion,
  NowcastClient,
  PersonStatus,
  Reaction,
  Reader,
  Receipt,
  Role,
  ThreadSnapshot,
  UserProfile,
} from '@nowcast/client'
export { NowcastError } from '@nowcast/client'
export type { ActivitySnapshot } from './activity/activityLog.ts'
export type { Change } from './collections/items.ts'
export {
  ConnectionBadge,
  type ConnectionBadgeProps,
  type ConnectionSummary,
} from './components/ConnectionBadge.tsx'
export { HealthWidget, type HealthWidgetProps } from './components/HealthWidget.tsx'
export {
  MessageStatus,
  type MessageStatusName,
  type MessageStatusProps,
} from './components/MessageStatus.tsx'
export { PresenceAvatars, type PresenceAvatarsProps } from './components/PresenceAvatars.tsx'
export { TypingIndicator, type TypingIndicatorProps } from './components/TypingIndicator.tsx'
export { useActivity } from './hooks/useActivity.ts'
export { type ChannelHandle, useChannel } from './hooks/useChannel.ts'
export { type CollectionHandle, type CollectionOptions, useCollection } from './hooks/useCollection.ts'
export { type ConnectionHandle, useConnection } from './hooks/useConnection.ts'
export { type ConversationHandle, useConversation } from './hooks/useConversation.ts'
export { type ConversationsHandle, useConversations } from './hooks/useConversations.ts'
export { useEvent } from './hooks/useEvent.ts'
export { useInbox } from './hooks/useInbox.ts'
export { useMembers } from './hooks/useMembers.ts'
export { usePeople, usePerson } from './hooks/usePeople.ts'
export { type PresenceHandle, usePresence } from './hooks/usePresence.ts'
export { type RecordHandle, type RecordOptions, useRecord } from './hooks/useRecord.ts'
export { type ThreadHandle, useThread } from './hooks/useThread.ts'
export { type TypingHandle, useTyping } from './hooks/useTyping.ts'
export { useLive, useSelected } from './live/useLive.ts'
export { useNowcast } from './provider/context.ts'
export { NowcastProvider, type NowcastProviderProps } from './provider/NowcastProvider.tsx'
