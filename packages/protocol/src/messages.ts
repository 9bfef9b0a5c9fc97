// The native protocol, version 1: what a client sends (commands) and what a server sends (replies and pushes).
// A frame is one text message holding one or more JSON objects separated by "\n".
import type {
  Attachment,
  Conversation,
  ConversationMember,
  ConversationPermissions,
  Message,
  MessagePage,
  MessageVersion,
  Reader,
  Receipt,
  Role,
  UserProfile,
} from './conversations.ts'
import type { Json, Metadata, Position, Publication } from './envelope.ts'
import type { WireError } from './errors.ts'
import type { Member, PersonStatus } from './people.ts'

/** A channel to subscribe to, and from where: without a position, from now on. */
export interface SubscribeRequest {
  readonly channel: string
  readonly position?: Position
}

/** The parameters of every command, by its type. */
export interface Commands {
  /** Must be the first command. */
  connect: {
    readonly version: number
    /** The app's public key; absent when the server has one app. */
    readonly key?: string
    readonly token?: string
    /** Name and version of the client library, for the operator's eyes. */
    readonly client?: string
  }
  refresh: { readonly token: string }
  ping: Record<never, never>
  subscribe: { readonly channels: readonly SubscribeRequest[] }
  unsubscribe: { readonly channels: readonly string[] }
  publish: {
    readonly channel: string
    readonly event: string
    /** Idempotency key of the event. */
    readonly eventId: string
    readonly data: Json
    readonly metadata?: Metadata
  }
  history: {
    readonly channel: string
    /** Only publications with a smaller offset. */
    readonly before?: number
    /** 1 to `limits.historyPage`; default 20. */
    readonly limit?: number
  }
  /** Makes the user a member of a channel that this connection subscribes to, or replaces the member's data. */
  'presence.enter': { readonly channel: string; readonly data?: Json }
  'presence.leave': { readonly channel: string }
  /** From now on this connection hears who is on these channels, which it subscribes to: first all, then each change. */
  'presence.watch': { readonly channels: readonly string[] }
  'presence.unwatch': { readonly channels: readonly string[] }
  /** The user types on a channel that this connection subscribes to; ends by itself unless it is repeated. */
  'typing.start': { readonly channel: string }
  'typing.stop': { readonly channel: string }
  /** From now on this connection hears who types on these channels, which it subscribes to. */
  'typing.watch': { readonly channels: readonly string[] }
  'typing.unwatch': { readonly channels: readonly string[] }
  /** From now on this connection hears how these users are. */
  'people.watch': { readonly users: readonly string[] }
  'people.unwatch': { readonly users: readonly string[] }
  /** What the user says of themselves (null: nothing any more), and whether they are active on this connection. */
  'people.status': { readonly text?: string | null; readonly away?: boolean }
  'conversation.create': {
    /** Idempotency key and address; made by the server when absent. */
    readonly conversation?: string
    readonly name: string
    readonly kind?: 'open' | 'closed'
    readonly support?: boolean
    /** User ids to add besides the creator. */
    readonly members?: readonly string[]
  }
  'conversation.direct': { readonly user: string }
  'conversation.join': { readonly conversation: string }
  'conversation.leave': { readonly conversation: string }
  'conversation.invite': { readonly conversation: string; readonly users: readonly string[] }
  'conversation.remove': { readonly conversation: string; readonly user: string }
  /** Gives a member a role. Who makes another the owner becomes an admin. */
  'conversation.role': { readonly conversation: string; readonly user: string; readonly role: Role }
  'conversation.update': {
    readonly conversation: string
    readonly name?: string
    readonly permissions?: Partial<ConversationPermissions>
  }
  'conversation.archive': { readonly conversation: string; readonly archived: boolean }
  /** `mine`: those the user is a member of, most recently active first. `open`: those the user could join. */
  'conversation.list': { readonly scope: 'mine' | 'open' }
  'conversation.get': { readonly conversation: string }
  'conversation.members': { readonly conversation: string }
  'conversation.send': {
    readonly conversation: string
    /** The client's id of the message: the idempotency key. */
    readonly messageId: string
    readonly body: string
    readonly metadata?: Metadata
    /** A reply: the offset of the message that the thread began with. */
    readonly thread?: number
    /** Ids of members. */
    readonly mentions?: readonly string[]
    readonly attachments?: readonly Attachment[]
  }
  /** At most one of `before`, `after` and `around` says which page; without them it is the newest. */
  'conversation.history': {
    readonly conversation: string
    /** Only older ones. */
    readonly before?: number
    /** Only newer ones, from the oldest of them. */
    readonly after?: number
    /** This one with its neighbours. */
    readonly around?: number
    /** The replies of this thread. Without it, replies are left out. */
    readonly thread?: number
    /** 1 to `limits.historyPage`; default 20. */
    readonly limit?: number
  }
  'conversation.message': { readonly conversation: string; readonly offset: number }
  /** Texts that a message had before. */
  'conversation.versions': { readonly conversation: string; readonly offset: number }
  'conversation.search': {
    readonly query: string
    /** Within one conversation; absent: all of the user's. */
    readonly conversation?: string
    readonly limit?: number
  }
  'conversation.edit': { readonly conversation: string; readonly offset: number; readonly body: string }
  'conversation.delete': { readonly conversation: string; readonly offset: number }
  /** Reacts with an emoji, or takes that back. */
  'conversation.react': {
    readonly conversation: string
    readonly offset: number
    readonly emoji: string
    readonly on: boolean
  }
  'conversation.pin': { readonly conversation: string; readonly offset: number; readonly pinned: boolean }
  /** Pinned messages, last pinned first. */
  'conversation.pins': { readonly conversation: string }
  /** The user has received, or seen, everything up to these offsets. Cursors only move forward. */
  'conversation.receipt': {
    readonly conversation: string
    readonly delivered?: number
    readonly read?: number
  }
  /** How far every member has come. */
  'conversation.receipts': { readonly conversation: string }
  /** Whom a message has reached. */
  'conversation.readers': { readonly conversation: string; readonly offset: number }
  /** What was sent to the user while no device was there to take it. */
  'conversation.inbox': Record<never, never>
}

/** The name of a command. */
export type CommandType = keyof Commands

/** A command as it travels: `id` is answered by exactly one reply with the same id. */
export type Command = {
  [T in CommandType]: { readonly type: T; readonly id: number } & Commands[T]
}[CommandType]

/** Why continuity can't be proven. */
export type GapReason =
  /** The channel's history was lost since; offsets start anew. */
  | 'epoch-changed'
  /** The position is ahead of the channel. */
  | 'offset-ahead'
  /** What was missed is no longer kept. */
  | 'expired'
  /** More was missed than one recovery sends. */
  | 'too-much'

/** A subscription that is live when this is received. */
export type SubscribeResult =
  | {
      readonly channel: string
      /** Publications after this position follow. */
      readonly position: Position
      /** `fresh`: no position was asked for. `recovered`: `publications` is exactly what was missed. */
      readonly recovery: 'fresh' | 'recovered'
      /** True when superseded events may be missing: offsets may skip without a gap. */
      readonly latestOnly?: boolean
      readonly publications?: readonly Publication[]
    }
  | {
      readonly channel: string
      readonly position: Position
      readonly recovery: 'gap'
      readonly latestOnly?: boolean
      readonly reason: GapReason
      /** What to do: load the state anew, by history or from the application. */
      readonly action: 'reload'
    }
  | { readonly channel: string; readonly error: WireError }

/** How a publish was accepted. */
export interface PublishResult {
  readonly position: Position
  readonly timestamp: number
  /** True when the same id was accepted before; position and timestamp are those of the first time. */
  readonly duplicate: boolean
}

/** How watching one channel began; what is watched comes as pushes, the first one before this. */
export interface WatchResult {
  readonly channel: string
  readonly error?: WireError
}

/** The result of every command, by its type. */
export interface Results {
  connect: {
    readonly connection: string
    readonly version: number
    readonly server: string
    /** Absent for an anonymous connection. */
    readonly user?: { readonly id: string; readonly name?: string; readonly avatar?: string }
    /** Milliseconds between heartbeats; silence of twice this long means a dead peer. */
    readonly heartbeatMs: number
    /** When the token ends, in milliseconds since 1970. */
    readonly expiresAt?: number
    readonly maxFrameBytes: number
    /** The server's clock, in milliseconds since 1970. */
    readonly timestamp: number
  }
  refresh: { readonly expiresAt?: number }
  ping: Record<never, never>
  subscribe: { readonly channels: readonly SubscribeResult[] }
  unsubscribe: Record<never, never>
  publish: PublishResult
  history: {
    readonly publications: readonly Publication[]
    readonly position: Position
    readonly more: boolean
  }
  'presence.enter': Record<never, never>
  'presence.leave': Record<never, never>
  'presence.watch': { readonly channels: readonly WatchResult[] }
  'presence.unwatch': Record<never, never>
  'typing.start': Record<never, never>
  'typing.stop': Record<never, never>
  'typing.watch': { readonly channels: readonly WatchResult[] }
  'typing.unwatch': Record<never, never>
  'people.watch': Record<never, never>
  'people.unwatch': Record<never, never>
  'people.status': Record<never, never>
  'conversation.create': Conversation
  'conversation.direct': Conversation
  'conversation.join': Conversation
  'conversation.leave': Record<never, never>
  /** `members`: those who were none before. */
  'conversation.invite': { readonly members: readonly ConversationMember[] }
  'conversation.remove': Record<never, never>
  'conversation.role': { readonly member: ConversationMember }
  'conversation.update': Conversation
  'conversation.archive': Conversation
  'conversation.list': { readonly conversations: readonly Conversation[] }
  'conversation.get': Conversation
  'conversation.members': { readonly members: readonly ConversationMember[] }
  'conversation.send': { readonly message: Message; readonly position: Position; readonly duplicate: boolean }
  'conversation.history': MessagePage & { readonly position: Position }
  'conversation.search': MessagePage
  'conversation.edit': { readonly message: Message }
  'conversation.delete': { readonly message: Message }
  'conversation.message': { readonly message: Message }
  'conversation.versions': { readonly versions: readonly MessageVersion[] }
  'conversation.react': { readonly message: Message }
  'conversation.pin': { readonly message: Message }
  'conversation.pins': { readonly messages: readonly Message[] }
  'conversation.receipt': Record<never, never>
  'conversation.receipts': { readonly receipts: readonly Receipt[] }
  'conversation.readers': { readonly readers: readonly Reader[] }
  /** Oldest first, at most `limits.inbox`; `more`: older ones are only in the conversations themselves. */
  'conversation.inbox': MessagePage
}

/** The answer to a command. */
export type Reply =
  | { readonly type: 'reply'; readonly id: number; readonly result: Results[CommandType] }
  | { readonly type: 'reply'; readonly id: number; readonly error: WireError }

/** What a server sends without being asked. */
export type Push =
  | ({ readonly type: 'event' } & Publication)
  /** Continuity of a live subscription was lost; it goes on from `position`. */
  | {
      readonly type: 'gap'
      readonly channel: string
      readonly position: Position
      readonly reason: GapReason
      readonly action: 'reload'
    }
  /** The server ended a subscription, e.g. because access was withdrawn. */
  | { readonly type: 'unsubscribed'; readonly channel: string; readonly error: WireError }
  /** An error that belongs to no command; the connection is closed after it when the code says so. */
  | { readonly type: 'error'; readonly error: WireError }
  /** The server is about to close: reconnect within `reconnectWithinMs`, at a moment of the client's choice. */
  | { readonly type: 'draining'; readonly reconnectWithinMs: number }
  /**
   * Everybody who is on a channel, in place of all that was said before. On a large channel `complete` is false: then
   * `members` is a sample, and this push comes again as the count changes, but no `presence.changed`.
   */
  | {
      readonly type: 'presence'
      readonly channel: string
      readonly count: number
      readonly members: readonly Member[]
      readonly complete: boolean
    }
  /** What has changed since the last push about this channel. A user is in one of the lists at most. */
  | {
      readonly type: 'presence.changed'
      readonly channel: string
      readonly count: number
      readonly joined?: readonly Member[]
      readonly updated?: readonly Member[]
      /** Ids of users. */
      readonly left?: readonly string[]
    }
  /** Who types on a channel, in place of what was said before; the first of them, and how many there are. */
  | {
      readonly type: 'typing'
      readonly channel: string
      readonly users: readonly UserProfile[]
      readonly count: number
    }
  /** How watched users are now. */
  | { readonly type: 'people'; readonly people: readonly PersonStatus[] }
  /** Services of the server that are down now, e.g. `database`; none: all is well. Sent when that changes. */
  | { readonly type: 'status'; readonly degraded: readonly string[] }

/** Anything a server sends. */
export type ServerMessage = Reply | Push
