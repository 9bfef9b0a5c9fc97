// What must last. One interface for everything that conversations keep in PostgreSQL; no SQL above it.
import type { Conversation, ConversationKind, Position, UserProfile } from '@nowcast/protocol'
import type { MembershipStore } from './membershipStore.ts'
import type { MessageStore } from './messageStore.ts'
import type { ReceiptStore } from './receiptStore.ts'

/** A new conversation. */
export interface ConversationDraft {
  readonly app: string
  readonly id: string
  readonly kind: ConversationKind
  readonly name: string
  readonly support: boolean
  /** The first member and owner; absent when the configuration made it: then it has no owner. */
  readonly creator: UserProfile | undefined
  /** Ids of further members. */
  readonly members: readonly string[]
  /** At most so many members, held by a database constraint. */
  readonly maxMembers: number
}

/** A change of a conversation, together with its place in the conversation's channel. */
export interface Change<T> {
  readonly value: T
  readonly position: Position
  /** False when the change had been made before: nothing new to announce. */
  readonly changed: boolean
}

/** What is known of a user besides the profile. */
export interface UserFacts {
  /** What the user says of themselves. */
  readonly text?: string
  /** When the user was last connected, in milliseconds since 1970. */
  readonly lastSeenAt?: number
}

/** When a user was last connected. */
export interface Seen {
  readonly user: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** When a member last typed. */
export interface LastTyping extends Seen {
  readonly conversation: string
}

/** Tells which conversations moved, whoever moved them: sent by the database itself when a transaction commits. */
export interface StoreListener {
  /** The conversation's newest offset is now at least `offset`. */
  committed(app: string, conversation: string, offset: number): void
  /** Notifications may have been missed (the connection was lost); every place must be checked. */
  resynchronize(): void
  /** The database's apps or their keys have changed; absent where they are of no concern. */
  appsChanged?(): void
}

/** The state of the database, for /health. */
export interface StoreHealth {
  readonly status: 'up' | 'down'
  readonly latencyMs?: number
  readonly error?: string
  readonly pool: { readonly total: number; readonly idle: number; readonly waiting: number }
}

/**
 * Conversations, members and messages. Every method throws NowcastError `unavailable` while the database can't be
 * reached, and never reports success for what was not committed.
 */
export interface Store extends MembershipStore, MessageStore, ReceiptStore {
  start(listener: StoreListener): Promise<void>
  stop(): Promise<void>
  health(): Promise<StoreHealth>

  /** Creates the conversation, or returns the creator's existing one of that id (`changed` false).
   * @throws NowcastError `conversation_exists` when the id belongs to another's, `conversation_full` */
  create(draft: ConversationDraft): Promise<Change<Conversation>>
  /** Remembers how users are to be shown to others. */
  rememberUser(app: string, user: UserProfile): Promise<void>
  /** What is known of users; those of whom nothing is known are absent. */
  facts(app: string, users: readonly string[]): Promise<ReadonlyMap<string, UserFacts>>
  /** Replaces what a user says of themselves. Answers a number that rises with each such change of the same user. */
  setStatusText(app: string, user: string, text: string | null): Promise<number>
  /** Remembers when users were last connected; an earlier time changes nothing. */
  rememberSeen(app: string, seen: readonly Seen[]): Promise<void>
  /** Remembers when users last typed in conversations that they are members of. */
  rememberTyping(app: string, typing: readonly LastTyping[]): Promise<void>
  /** @throws NowcastError `conversation_not_found`, also for a stranger to one that is not open */
  get(app: string, conversation: string, user: string): Promise<Conversation>
  /** `mine`: most recently active first. `open`: those that the user could join, most members first. At most 200. */
  list(app: string, user: string, scope: 'mine' | 'open'): Promise<readonly Conversation[]>

  /** The newest places of those conversations that exist. */
  positions(app: string, conversations: readonly string[]): Promise<ReadonlyMap<string, Position>>
}
