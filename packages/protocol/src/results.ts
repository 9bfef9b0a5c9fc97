// What a server answers: the result of every command.
import type {
  Conversation,
  ConversationMember,
  Message,
  MessagePage,
  MessageVersion,
  Reader,
  Receipt,
} from './conversations.ts'
import type { Position, Publication } from './envelope.ts'
import type { WireError } from './errors.ts'

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
