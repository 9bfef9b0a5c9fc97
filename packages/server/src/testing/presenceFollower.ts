// Joins snapshots and changes of presence, as every consumer does, and notes what must never happen.
import type { Json } from '@nowcast/protocol'
import type { Presence, PresenceChange, PresenceListener, PresenceSnapshot } from '../engine/presence.ts'
import type { ChannelKey } from '../foundation/channelKey.ts'

interface Arrived {
  readonly epoch: string
  readonly change: PresenceChange
}

interface Followed {
  readonly members: Map<string, Json>
  epoch: string
  offset: number
  /** Changes that arrived while no snapshot was there. */
  early: Arrived[]
  reading: boolean
  /** How often the members had to be read again. */
  moves: number
}

const RETRY_MS = 20

/** Follows the members of channels on one node. */
export class PresenceFollower implements PresenceListener {
  readonly changes: PresenceChange[] = []
  /** Changes that contradict what is known: holes, joins of members, leaves of strangers. */
  readonly contradictions: string[] = []
  readonly #presence: Presence
  readonly #followed = new Map<ChannelKey, Followed>()

  constructor(presence: Presence) {
    this.#presence = presence
    presence.listen(this)
  }

  /** Observes the channel and reads its members. */
  async follow(channel: ChannelKey): Promise<void> {
    const followed: Followed = {
      members: new Map(),
      epoch: '',
      offset: 0,
      early: [],
      reading: true,
      moves: 0,
    }
    this.#followed.set(channel, followed)
    await this.#presence.observe(channel)
    this.#restart(followed, await this.#presence.members(channel))
  }

  /** The members as this node sees them, by user. */
  members(channel: ChannelKey): Record<string, Json> {
    const entries = [...(this.#followed.get(channel)?.members ?? [])]
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  /** How often the channel's members had to be read again. */
  moves(channel: ChannelKey): number {
    return this.#followed.get(channel)?.moves ?? 0
  }

  presence(channel: ChannelKey, changes: readonly PresenceChange[], epoch: string): void {
    this.changes.push(...changes)
    const followed = this.#followed.get(channel)
    for (const change of changes) {
      if (followed === undefined) continue
      if (followed.reading) followed.early.push({ epoch, change })
      else this.#apply(followed, { epoch, change })
    }
  }

  presenceMoved(channel: ChannelKey): void {
    const followed = this.#followed.get(channel)
    if (followed === undefined) return
    followed.moves += 1
    followed.early = []
    if (followed.reading) return
    followed.reading = true
    this.#readAgain(channel, followed)
  }

  #readAgain(channel: ChannelKey, followed: Followed): void {
    const { moves } = followed
    this.#presence.members(channel).then(
      (snapshot) => {
        if (moves === followed.moves) this.#restart(followed, snapshot)
        else this.#readAgain(channel, followed)
      },
      () => setTimeout(() => this.#readAgain(channel, followed), RETRY_MS).unref(),
    )
  }

  #restart(followed: Followed, { position, members }: PresenceSnapshot): void {
    followed.members.clear()
    for (const { user, info } of members) followed.members.set(user, info)
    followed.epoch = position.epoch
    followed.offset = position.offset
    followed.reading = false
    for (const arrived of followed.early.splice(0)) this.#apply(followed, arrived)
  }

  #apply(followed: Followed, { epoch, change }: Arrived): void {
    const { offset, type, user, info } = change
    if (epoch !== followed.epoch || offset <= followed.offset) return
    const wrong = offset !== followed.offset + 1 || followed.members.has(user) !== (type !== 'joined')
    if (wrong) this.contradictions.push(`${JSON.stringify(change)} after ${followed.offset}`)
    followed.offset = offset
    if (type === 'left') followed.members.delete(user)
    else followed.members.set(user, info)
  }
}
