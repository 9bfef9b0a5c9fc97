// What is followed of a single channel while it has subscribers, by the nodes that may have to tell of it.
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Rosters } from '../presence/rosters.ts'
import type { ClusterNews } from './clusterNews.ts'
import type { OccupancyListener } from './occupancy.ts'

/** A channel with subscribers. */
export interface FollowedChannel {
  readonly key: ChannelKey
  /** True when nobody can have told anything of it. */
  readonly isNew: boolean
}

/** What following works with. */
export interface FollowerParts {
  readonly rosters: Rosters
  readonly clock: Clock
  readonly news: Pick<ClusterNews, 'put' | 'isMine'>
  readonly listener: () => OccupancyListener | undefined
  /**
   * How long somebody may be away without being told gone.
   * @param missed it was found by reading again; then what the engine has lost may come back by and by
   */
  readonly lingerMs: (key: ChannelKey, missed: boolean) => number
}

/** Follows something of one channel. */
export interface ChannelFollower {
  /** When it follows. Rejects when it can't now, and never will. */
  readonly ready: Promise<void>
  /** The channel has no subscribers any more: tells that, and follows no more. */
  end(): void
  /** Follows no more, and tells nothing. */
  stop(): void
}
