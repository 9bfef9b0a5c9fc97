// The face of the protocol package: wire types, codecs, validation, error codes. No I/O.
export { type CloseAction, closeAction, closeCodes } from './closeCodes.ts'
export type { Commands, CommandType, SubscribeRequest } from './commands.ts'
export {
  type Attachment,
  CONVERSATION_CHANNEL_PREFIX,
  type Conversation,
  type ConversationEvents,
  type ConversationKind,
  type ConversationMember,
  type ConversationPermissions,
  conversationChannel,
  type Message,
  type MessagePage,
  type MessageVersion,
  type Reaction,
  type Reader,
  type Receipt,
  type Role,
  SIGNALS_CHANNEL_PREFIX,
  type SignalEvents,
  signalsChannel,
  USER_CHANNEL_PREFIX,
  type UserEvents,
  type UserProfile,
  userChannel,
} from './conversations.ts'
export {
  ENVELOPE_VERSION,
  type EventEnvelope,
  type Json,
  type Metadata,
  type Position,
  type Publication,
} from './envelope.ts'
export { type ErrorCode, type ErrorKind, errorKinds, NowcastError, type WireError } from './errors.ts'
export { decodeFrame, encodeFrame } from './frames.ts'
export { holdsText, isObject, withinDepth } from './json.ts'
export { limits, NATIVE_PATH, PROTOCOL_VERSION } from './limits.ts'
export type { Command, Reply, ServerMessage } from './messages.ts'
export { isChannelName, isEventName, isId, isText } from './names.ts'
export { parseCommand } from './parseCommand.ts'
export type { Availability, Member, PersonStatus } from './people.ts'
export type { Push } from './pushes.ts'
export type { GapReason, PublishResult, Results, SubscribeResult, WatchResult } from './results.ts'
export { transportPaths } from './transportPaths.ts'
export { type TransportName, transportNames } from './transports.ts'
