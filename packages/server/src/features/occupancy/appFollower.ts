// Follows which channels of one app have subscribers, and tells which have become occupied and vacated.
import { channelKey } from '../../foundation/channelKey.ts'
import { givenAt } from '../presence/memberInfo.ts'
import type { Roster, RosterChange, RosterListener } from '../presence/roster.ts'
import type { FollowerParts } from './follower.ts'
import type { Followers } from './followers.ts'
import { occupiedPlace } from './places.ts'
import { Turnover } from './turnover.ts'

/** What it works with. */
export interface AppFollowerParts extends FollowerParts {
  readonly app: string
  readonly followers: Pick<Followers, 'begin' | 'end' | 'forget'>
}

/** Follows the channels of one app. */
export class AppFollower implements RosterListener {
  /** When it follows. Rejects when it can't now, and never will. */
  readonly ready: Promise<void>
  readonly #parts: AppFollowerParts
  readonly #turnover: Turnover
  readonly #roster: Roster
  /** What is there at first was told by other nodes. */
  #isSilent = true

  constructor(parts: AppFollowerParts) {
    this.#parts = parts
    this.#turnover = new Turnover(parts.clock, {
      came: (channel, since) => this.#occupied(channel, since),
      went: (channel, since) => this.#vacated(channel, since),
    })
    this.#roster = parts.rosters.open(occupiedPlace(parts.app), this)
    this.ready = this.#roster.ready.then(() => {
      this.#isSilent = false
    })
  }

  /** True once what comes is told: then this node may tell the others of its own. */
  get isFollowing(): boolean {
    return !this.#isSilent
  }

  changed(changes: readonly RosterChange[], missed: boolean): void {
    const { app, followers, lingerMs } = this.#parts
    for (const { user: channel, before, after } of changes) {
      const key = channelKey(app, channel)
      if (after === undefined) {
        this.#turnover.disappeared(channel, givenAt(before ?? null), lingerMs(key, missed))
      } else if (this.#isSilent) {
        this.#turnover.begin(channel)
        followers.begin({ key, isNew: false })
      } else if (before === undefined) this.#turnover.appeared(channel, givenAt(after))
    }
  }

  /** Follows no more, and tells nothing. */
  stop(): void {
    const { app, followers, rosters } = this.#parts
    for (const channel of this.#turnover.names()) followers.forget(channelKey(app, channel))
    this.#turnover.stop()
    rosters.close(this.#roster)
  }

  #occupied(channel: string, since: number): void {
    const { app, news, listener, followers } = this.#parts
    const about = channelKey(app, channel)
    news.put({ about, id: `occupied\n${since}`, tell: () => listener()?.occupied(about) })
    followers.begin({ key: about, isNew: true })
  }

  #vacated(channel: string, since: number): void {
    const { app, news, listener, followers } = this.#parts
    const about = channelKey(app, channel)
    followers.end(about)
    news.put({ about, id: `vacated\n${since}`, tell: () => listener()?.vacated(about) })
  }
}
