// People: who is on a channel, who is typing there, and who is online at all.
import type { UserProfile } from './conversations.ts'
import type { Json } from './envelope.ts'

/** A user who is present on a channel, however many connections of theirs are. */
export type Member = UserProfile & {
  /** What the application says of the member. */
  readonly data?: Json
}

/** `away`: connected, but not active on any connection. */
export type Availability = 'online' | 'away' | 'offline'

/** How a user is now. */
export type PersonStatus = {
  readonly id: string
  readonly status: Availability
  /** What the user says of themselves. */
  readonly text?: string
  /** For one who is offline: when they were last connected, in milliseconds since 1970; absent when never. */
  readonly lastSeenAt?: number
}
