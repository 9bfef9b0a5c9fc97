// How far members have come: two cursors for each, with the times of their last moves. What was delivered and read of
// a message, what is unread and what waits in an inbox all follow from them; no row is kept for a message and a member.
import type { MessagePage, Receipt } from '@nowcast/protocol'

/** How far a member says to have come. */
export interface CursorDraft {
  readonly app: string
  readonly conversation: string
  readonly user: string
  /** 0: says nothing. */
  readonly delivered: number
  /** What was read was delivered. 0: says nothing. */
  readonly read: number
}

/** What is left to read. */
export interface Unread {
  readonly read: number
  /** Counted up to `limits.unread`. */
  readonly unread: number
  readonly unreadMentions: number
}

/** How a draft fared; `receipt` when a cursor has moved, `unread` when it was that of reading. */
export type CursorOutcome =
  | { readonly outcome: 'conversation_not_found' | 'not_a_member' }
  | { readonly outcome: 'kept'; readonly receipt?: Receipt; readonly unread?: Unread }

/** A member's cursors. Marks are pairs of an offset and the milliseconds since 1970 at which a cursor came there, newest first. */
export interface MemberCursors {
  readonly user: string
  readonly delivered: number
  readonly deliveredMarks: readonly number[]
  readonly read: number
  readonly readMarks: readonly number[]
}

/** Moves of a cursor that are remembered. */
export const KEPT_MARKS = 16

/** Cursors, and what follows from them. */
export interface ReceiptStore {
  /**
   * Moves cursors forward, never beyond what was sent, in one transaction; outcomes in the order of the drafts.
   * A member of a conversation may be in one draft only.
   */
  moveCursors(drafts: readonly CursorDraft[]): Promise<readonly CursorOutcome[]>
  /** Those of all members, by user. */
  cursors(app: string, conversation: string): Promise<readonly MemberCursors[]>
  /**
   * Those of members whom a message has reached: not its sender's, nor those of who came after it was sent.
   * @throws NowcastError `message_not_found`
   */
  cursorsBeyond(app: string, conversation: string, offset: number): Promise<readonly MemberCursors[]>
  /**
   * Others' messages that were not delivered to the user, in all of the user's conversations: the newest, oldest first.
   * @param since only what was sent since then, in milliseconds since 1970
   */
  inbox(
    app: string,
    user: string,
    range: { readonly since: number; readonly limit: number },
  ): Promise<MessagePage>
}
