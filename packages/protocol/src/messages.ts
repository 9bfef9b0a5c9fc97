// The native protocol, version 1: what a client sends (commands) and what a server sends (replies and pushes).
// A frame is one text message holding one or more JSON objects separated by "\n".
import type { Conversation, ConversationMember, Message, MessagePage } from './conversations.ts'
import type { Json, Metadata, Position, Publication } from './envelope.ts'
import type { WireError } from './errors.ts'

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
  }
  'conversation.history': {
    readonly conversation: string
    readonly before?: number
    /** 1 to `limits.historyPage`; default 20. */
    readonly limit?: number
  }
  'conversation.search': {
    readonly query: string
    /** Within one conversation; absent: all of the user's. */
    readonly conversation?: string
    readonly limit?: number
  }
  'conversation.edit': { readonly conversation: string; readonly offset: number; readonly body: string }
  'conversation.delete': { readonly conversation: string; readonly offset: number }
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
  'conversation.create': Conversation
  'conversation.direct': Conversation
  'conversation.join': Conversation
  'conversation.leave': Record<never, never>
  'conversation.list': { readonly conversations: readonly Conversation[] }
  'conversation.get': Conversation
  'conversation.members': { readonly members: readonly ConversationMember[] }
  'conversation.send': { readonly message: Message; readonly position: Position; readonly duplicate: boolean }
  'conversation.history': MessagePage & { readonly position: Position }
  'conversation.search': MessagePage
  'conversation.edit': { readonly message: Message }
  'conversation.delete': { readonly message: Message }
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
  /** Services of the server that are down now, e.g. `database`; none: all is well. Sent when that changes. */
  | { readonly type: 'status'; readonly degraded: readonly string[] }

/** Anything a server sends. */
export type ServerMessage = Reply | Push
