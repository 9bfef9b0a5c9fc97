// Which channels have subscribers, anywhere in the cluster, and how many. Subscribers of every protocol count.
import type { Connection } from '../../core/connection.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'

/** Answers questions about all nodes at once. */
export interface Occupancy {
  /**
   * Names of an app's channels that have subscribers and begin with `prefix`, in alphabetical order: all of them as long
   * as no node has more than 10,000 such channels.
   * @throws NowcastError `unavailable` when not every node answers
   */
  channels(app: string, prefix: string): Promise<readonly string[]>

  /**
   * How many connections subscribe to each of an app's channels; 0 for those without.
   * @throws NowcastError `unavailable` when not every node answers
   */
  subscriptionCounts(app: string, channels: readonly string[]): Promise<ReadonlyMap<string, number>>

  /** Ids of a channel's members, in alphabetical order; none for other channels. @throws NowcastError `unavailable` */
  users(app: string, channel: string): Promise<readonly string[]>

  /**
   * From when this resolves, the connection has been told how many connections subscribe to the channel, and hears of
   * changes, those of one moment together (`WireFormat.subscriptionCount`). Ends with its subscription.
   * @throws NowcastError `not_subscribed`, `unavailable`
   */
  watchCount(connection: Connection, key: ChannelKey): Promise<void>
}

/** What becomes of channels anywhere in the cluster; told to one node of those that live, once in the ordinary case. */
export interface OccupancyListener {
  /** The first connection subscribed. */
  occupied(key: ChannelKey): void
  /** The last one is gone, and none came within `pusher.linger`. */
  vacated(key: ChannelKey): void
  /** A user became a member of a channel, with the user's first connection. */
  memberAdded(key: ChannelKey, user: string): void
  /** The user's last connection on the channel is gone, and the user did not come back within `pusher.linger`. */
  memberRemoved(key: ChannelKey, user: string): void
  /**
   * Another number of connections subscribe to the channel; those of apps with `pusher.subscriptionCounts` only, and
   * not those of presence channels, whose members are told. */
  counted(key: ChannelKey, count: number): void
}
