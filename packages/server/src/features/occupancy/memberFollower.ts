// Follows who is a member of one channel that has subscribers, and tells who has come and gone for good.
import type { ChannelKey } from '../../foundation/channelKey.ts'
import { givenAt } from '../presence/memberInfo.ts'
import { MergedMembers } from '../presence/mergedMembers.ts'
import type { Roster, RosterChange, RosterListener } from '../presence/roster.ts'
import type { ChannelFollower, FollowedChannel, FollowerParts } from './follower.ts'
import { Turnover } from './turnover.ts'

/** Follows the members of one channel. */
export class MemberFollower implements ChannelFollower, RosterListener {
  readonly ready: Promise<void>
  readonly #parts: FollowerParts
  readonly #key: ChannelKey
  readonly #merged = new MergedMembers()
  readonly #turnover: Turnover
  readonly #roster: Roster
  /** While true, those who are there have been told by other nodes. */
  #isSilent: boolean

  constructor(parts: FollowerParts, { key, isNew }: FollowedChannel) {
    const { rosters, clock, news, listener } = parts
    this.#parts = parts
    this.#key = key
    this.#isSilent = !isNew
    const id = (kind: string, user: string, at: number) => `${kind}\n${user}\n${at}`
    this.#turnover = new Turnover(clock, {
      came: (user, at) =>
        news.put({ about: key, id: id('added', user, at), tell: () => listener()?.memberAdded(key, user) }),
      went: (user, at) =>
        news.put({
          about: key,
          id: id('removed', user, at),
          tell: () => listener()?.memberRemoved(key, user),
        }),
    })
    this.#roster = rosters.open(key, this)
    this.ready = this.#roster.ready.then(() => {
      this.#isSilent = false
    })
  }

  changed(entries: readonly RosterChange[], missed: boolean): void {
    for (const { user, before, after } of this.#merged.take(entries)) {
      const lingerMs = this.#parts.lingerMs(this.#key, missed)
      if (after === undefined) this.#turnover.disappeared(user, givenAt(before ?? null), lingerMs)
      else if (this.#isSilent) this.#turnover.begin(user)
      else if (before === undefined) this.#turnover.appeared(user, givenAt(after))
    }
  }

  end(): void {
    const { byUser } = this.#merged
    this.#turnover.end((user) => givenAt(byUser.get(user) ?? null))
    this.#parts.rosters.close(this.#roster)
  }

  stop(): void {
    this.#turnover.stop()
    this.#parts.rosters.close(this.#roster)
  }
}
