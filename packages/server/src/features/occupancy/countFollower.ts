// Follows how many connections subscribe to one channel, and tells each number that lasts.
import type { Timer } from '../../foundation/clock.ts'
import type { Roster, RosterListener } from '../presence/roster.ts'
import { sumOfCounts } from './countBoard.ts'
import type { ChannelFollower, FollowedChannel, FollowerParts } from './follower.ts'
import { countPlace } from './places.ts'

/** What changes within it is one change. */
const WINDOW_MS = 100
/** While nodes come and go it may take a while until they agree who tells. */
const RETRY_MS = 1_000

/** Follows the number of one channel's subscribers. */
export class CountFollower implements ChannelFollower, RosterListener {
  readonly ready: Promise<void>
  readonly #parts: FollowerParts
  readonly #channel: FollowedChannel
  readonly #roster: Roster
  #told = 0
  #timer: Timer | undefined

  constructor(parts: FollowerParts, channel: FollowedChannel) {
    this.#parts = parts
    this.#channel = channel
    this.#roster = parts.rosters.open(countPlace(channel.key), this)
    this.ready = this.#roster.ready.then(() => {
      // Another node has told what was before.
      if (!channel.isNew) this.#told = sumOfCounts(this.#roster.members)
    })
  }

  changed(): void {
    this.#timer ??= this.#parts.clock.after(WINDOW_MS, () => this.#tell())
  }

  end(): void {
    this.#tell()
    this.stop()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#parts.rosters.close(this.#roster)
  }

  #tell(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const count = sumOfCounts(this.#roster.members)
    if (count === this.#told) return
    const { clock, news, listener } = this.#parts
    const { key } = this.#channel
    if (news.isMine(key)) {
      this.#told = count
      listener()?.counted(key, count)
    } else this.#timer = clock.after(RETRY_MS, () => this.#tell())
  }
}
