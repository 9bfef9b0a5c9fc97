// Who is on which channel, over all nodes. A consumer observes a channel, reads its members, and follows the changes:
// those of the snapshot's epoch with an offset above the snapshot's are exactly what the snapshot does not hold yet.
import type { Json, Position } from '@nowcast/protocol'
import type { ChannelKey } from '../foundation/channelKey.ts'

/** A user on a channel; one member, however many nodes entered the user. */
export interface PresenceMember {
  readonly user: string
  /** What the last `enter` gave, on whichever node. */
  readonly info: Json
}

/** A channel's members at one moment. */
export interface PresenceSnapshot {
  /** Changes up to and including this place are contained; offset 0 is before the first. */
  readonly position: Position
  /** In no particular order. */
  readonly members: readonly PresenceMember[]
}

/** One change of a channel's members. */
export interface PresenceChange {
  /** 1, 2, 3… without holes within one epoch of the channel's presence, which has nothing to do with its publications. */
  readonly offset: number
  /** `joined`: the first node entered the user. `updated`: the info is another one. `left`: the last node let go. */
  readonly type: 'joined' | 'updated' | 'left'
  readonly user: string
  /** The new info; with `left` the last one. */
  readonly info: Json
}

/** What presence tells its node about the channels that are observed. */
export interface PresenceListener {
  /**
   * Called in the order of offsets, without holes.
   * @param epoch the epoch that the changes' offsets belong to
   */
  presence(channel: ChannelKey, changes: readonly PresenceChange[], epoch: string): void
  /** Changes were missed, or a new epoch has begun: the members have to be read again. Later changes follow as ever. */
  presenceMoved(channel: ChannelKey): void
}

/**
 * The members of channels. A node's members are held by a lease: when the node dies, or is cut off for longer, they leave
 * by themselves; when it comes back, they are entered again by themselves.
 */
export interface Presence {
  /** Says who hears of changes; called once, before the engine starts. */
  listen(listener: PresenceListener): void

  /**
   * Makes the user a member by this node, or replaces the info. The same info again changes nothing.
   * @throws NowcastError `unavailable`; then all is as it was before, as soon as the engine is in reach again
   */
  enter(channel: ChannelKey, user: string, info: Json): Promise<void>

  /**
   * Ends what this node entered; the user leaves when no other node entered the user too.
   * @throws NowcastError `unavailable`; then the user leaves as soon as the engine is in reach again
   */
  leave(channel: ChannelKey, user: string): Promise<void>

  /** The channel's members now, whether it is observed or not. @throws NowcastError `unavailable` */
  members(channel: ChannelKey): Promise<PresenceSnapshot>

  /** From when this resolves, every change reaches the listener. @throws NowcastError `unavailable` */
  observe(channel: ChannelKey): Promise<void>
  unobserve(channel: ChannelKey): Promise<void>
}
