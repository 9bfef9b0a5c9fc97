// What a client asks of a server: every command with its parameters.
import type { Attachment, ConversationPermissions, Role } from './conversations.ts'
import type { Json, Metadata, Position } from './envelope.ts'

/** A channel to subscribe to, and from where: without a position, from now on. */
export interface SubscribeRequest {
  readonly channel: string
  readonly position?: Position
  /**
   * What the application's backend signed for this connection, where the channel's policy alone would refuse:
   * `<key>:<hex HMAC-SHA256 of "<connection id>:<channel>" with the app's secret>`, as Pusher's libraries sign it.
   */
  readonly auth?: string
  /** What was signed along with it, `"<connection id>:<channel>:<channelData>"`: those libraries sign a member's data so. */
  readonly channelData?: string
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
    /** False: this connection does not get the event. Default true. */
    readonly echo?: boolean
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
