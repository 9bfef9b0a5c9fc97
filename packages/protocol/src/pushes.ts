// What a server sends without being asked.
import type { UserProfile } from './conversations.ts'
import type { Position, Publication } from './envelope.ts'
import type { WireError } from './errors.ts'
import type { Member, PersonStatus } from './people.ts'
import type { GapReason } from './results.ts'

/** What a server sends without being asked. */
export type Push =
  | ({ readonly type: 'event' } & Publication)
  /** The event of this offset is not for this connection (`exclude`); the next one follows on it. */
  | { readonly type: 'skipped'; readonly channel: string; readonly offset: number }
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
