// Who is a member of a conversation, in which role, and how it is run. Every change is checked against the roles and
// logged in the same transaction, which holds the conversation's row: two at once are made one after the other.
import type {
  ConversationEvents,
  ConversationKind,
  ConversationMember,
  ConversationPermissions,
  Position,
  Role,
  UserProfile,
} from '@nowcast/protocol'

/** What a conversation is, for a decision about access. */
export interface Membership {
  readonly kind: ConversationKind
  /** The conversation's newest place. */
  readonly position: Position
  /** Absent when the user is not a member. */
  readonly role?: Role
}

/** Events that tell of members and settings. */
export type MembershipEventName = 'member:joined' | 'member:left' | 'member:changed' | 'conversation:changed'

/** An event that a transaction has put into a conversation's channel. */
export type MembershipEvent = {
  readonly [Name in MembershipEventName]: {
    readonly name: Name
    readonly data: ConversationEvents[Name]
    /** The user who did it. */
    readonly sender: string
    readonly position: Position
    /** Milliseconds since 1970. */
    readonly timestamp: number
  }
}[MembershipEventName]

/** A change of members or settings. */
export interface MembershipChange<T> {
  readonly value: T
  /** The conversation's newest place after the change. */
  readonly position: Position
  /** False when all was so before: there are no events. */
  readonly changed: boolean
  /** In the order of their places. */
  readonly events: readonly MembershipEvent[]
}

/** What `update` replaces; what is absent stays. */
export interface ConversationSettings {
  readonly name?: string
  readonly permissions?: Partial<ConversationPermissions>
}

/**
 * Members and settings of conversations. What only members may do is refused to others with `conversation_not_found`,
 * or with `not_a_member` when the conversation is open.
 */
export interface MembershipStore {
  /** @throws NowcastError `conversation_not_found` */
  membership(app: string, conversation: string, user: string): Promise<Membership>
  /** By name. */
  members(app: string, conversation: string): Promise<readonly ConversationMember[]>
  /** Those of the users who are members. */
  membersAmong(app: string, conversation: string, users: readonly string[]): Promise<readonly string[]>
  /**
   * Who joins a conversation that its last member has left becomes its owner, unless the configuration made it.
   * @throws NowcastError `conversation_not_found`, also when not open; `conversation_full`, `conversation_archived`
   */
  join(app: string, conversation: string, user: UserProfile): Promise<MembershipChange<ConversationMember>>
  /**
   * When the owner leaves, the longest-standing admin, else member, becomes owner.
   * @throws NowcastError `conversation_not_found`, also for a stranger to one that is not open; `forbidden` when direct
   */
  leave(app: string, conversation: string, user: string): Promise<MembershipChange<{ readonly id: string }>>
  /**
   * Adds all of the users who are no members yet, or nobody; answers with those added.
   * @throws NowcastError `forbidden`, `conversation_archived`, `conversation_full`
   */
  invite(
    app: string,
    conversation: string,
    actor: string,
    users: readonly string[],
  ): Promise<MembershipChange<readonly ConversationMember[]>>
  /** @throws NowcastError `forbidden` */
  remove(
    app: string,
    conversation: string,
    actor: string,
    user: string,
  ): Promise<MembershipChange<{ readonly id: string }>>
  /**
   * Gives a member a role; who makes another the owner becomes an admin.
   * @throws NowcastError `forbidden`, `not_found` when the user is not a member
   */
  changeRole(
    app: string,
    conversation: string,
    actor: string,
    user: string,
    role: Role,
  ): Promise<MembershipChange<ConversationMember>>
  /** @throws NowcastError `forbidden` */
  update(
    app: string,
    conversation: string,
    actor: string,
    settings: ConversationSettings,
  ): Promise<MembershipChange<ConversationEvents['conversation:changed']>>
  /** @throws NowcastError `forbidden` */
  archive(
    app: string,
    conversation: string,
    actor: string,
    archived: boolean,
  ): Promise<MembershipChange<ConversationEvents['conversation:changed']>>
}
