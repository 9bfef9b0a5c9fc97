// What this node follows of single channels: of each channel two nodes follow its members, the one that tells and the one
// that would be next; and one its number of subscribers, which the next one can read.
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import { rankNodes } from '../../foundation/rendezvous.ts'
import { CountFollower } from './countFollower.ts'
import type { ChannelFollower, FollowedChannel, FollowerParts } from './follower.ts'
import { MemberFollower } from './memberFollower.ts'
import { hasMembers } from './places.ts'

/** What followers are made from. */
export interface FollowersParts extends FollowerParts {
  /** This node's name. */
  readonly node: string
  /** The nodes that work is shared among. */
  readonly nodes: () => readonly string[]
  /** Whether an app's numbers of subscribers are told. */
  readonly counts: (app: string) => boolean
}

interface Occupied {
  readonly channel: FollowedChannel
  follower: ChannelFollower | undefined
}

const MEMBER_FOLLOWERS = 2
const COUNT_FOLLOWERS = 1

/** Follows channels. */
export class Followers {
  readonly #parts: FollowersParts
  /** The channels that may be followed, whether this node does or not. */
  readonly #occupied = new Map<ChannelKey, Occupied>()
  #sharedAmong = ''
  /** Something that could not be followed is to be tried again. */
  #anyFailed = false

  constructor(parts: FollowersParts) {
    this.#parts = parts
  }

  /** A channel has subscribers. */
  begin(channel: FollowedChannel): void {
    if (this.#occupied.has(channel.key)) return
    const occupied: Occupied = { channel, follower: undefined }
    this.#occupied.set(channel.key, occupied)
    this.#assign(occupied)
  }

  /** A channel has none any more. */
  end(key: ChannelKey): void {
    this.#occupied.get(key)?.follower?.end()
    this.#occupied.delete(key)
  }

  /** Tells nothing of a channel any more. */
  forget(key: ChannelKey): void {
    this.#occupied.get(key)?.follower?.stop()
    this.#occupied.delete(key)
  }

  /**
   * Begins and ends to follow what is another node's now or this one's; called every now and then.
   * @param wishesChanged whether numbers of subscribers may be wanted by now that were not, or no more
   */
  recheck(wishesChanged: boolean): void {
    const sharedAmong = this.#nodes().join()
    const hasChanged = wishesChanged || sharedAmong !== this.#sharedAmong
    this.#sharedAmong = sharedAmong
    if (!hasChanged && !this.#anyFailed) return
    this.#anyFailed = false
    for (const occupied of this.#occupied.values()) this.#assign(occupied)
  }

  /** Follows nothing any more. */
  stop(): void {
    for (const { follower } of this.#occupied.values()) follower?.stop()
    this.#occupied.clear()
  }

  #assign(occupied: Occupied): void {
    const { key } = occupied.channel
    const { app, channel: name } = splitChannelKey(key)
    const isForMembers = hasMembers(name)
    const wanted = isForMembers ? MEMBER_FOLLOWERS : this.#parts.counts(app) ? COUNT_FOLLOWERS : 0
    if (!rankNodes(this.#nodes(), key).slice(0, wanted).includes(this.#parts.node)) {
      occupied.follower?.stop()
      occupied.follower = undefined
    } else if (occupied.follower === undefined) {
      const { channel } = occupied
      const follower = isForMembers
        ? new MemberFollower(this.#parts, channel)
        : new CountFollower(this.#parts, channel)
      occupied.follower = follower
      follower.ready.catch(() => this.#failed(occupied, follower))
    }
  }

  #failed(occupied: Occupied, follower: ChannelFollower): void {
    follower.stop()
    if (occupied.follower !== follower) return
    occupied.follower = undefined
    this.#anyFailed = true
  }

  /** Those that are told of by others, and this one: it has to follow before it tells. */
  #nodes(): readonly string[] {
    return [...new Set([...this.#parts.nodes(), this.#parts.node])].sort()
  }
}
