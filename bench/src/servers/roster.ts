// The members of the bench's channel as one node sees them: its snapshot and the changes after it. Anything that does not
// fit fails the measurement.
import type { HeardChange } from '../processes/contracts.ts'
import { monotonicMicros } from '../wire/benchEvent.ts'
import type { PresenceChange, PresenceListener, RedisEngine } from './presenceEngine.ts'
import { PRESENCE_CHANNEL } from './presenceEngine.ts'

interface Awaited {
  readonly count: number
  readonly resolve: (atMicros: number) => void
  readonly reject: (error: Error) => void
}

/** Follows the members, and tells when there are how many. */
export class Roster implements PresenceListener {
  readonly #members = new Set<string>()
  /** How far the members are known; undefined while the snapshot is awaited. */
  #place: { readonly epoch: string; readonly offset: number } | undefined
  #early: { readonly changes: readonly PresenceChange[]; readonly epoch: string }[] = []
  #changedAt = 0
  #awaited: Awaited | undefined
  #failure: Error | undefined
  #watched: string | undefined
  #heard: HeardChange[] = []

  /** Observes the channel and reads its members. */
  async follow({ presence }: RedisEngine): Promise<void> {
    await presence.observe(PRESENCE_CHANNEL)
    const { members, position } = await presence.members(PRESENCE_CHANNEL)
    for (const { user } of members) this.#members.add(user)
    this.#place = position
    this.#changedAt = monotonicMicros()
    for (const { changes, epoch } of this.#early.splice(0)) this.#apply(changes, epoch)
  }

  /** Answers when the members became `count`, on the monotonic clock, as soon as they have. */
  reached(count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#awaited = { count, resolve, reject }
      this.#tell()
    })
  }

  /** Notes the changes of one user from now on. */
  watch(user: string): void {
    this.#watched = user
    this.#heard = []
  }

  /** The changes of the watched user so far. */
  heard(): readonly HeardChange[] {
    return this.#heard
  }

  presence(_channel: string, changes: readonly PresenceChange[], epoch: string): void {
    if (this.#place === undefined) this.#early.push({ changes, epoch })
    else this.#apply(changes, epoch)
  }

  presenceMoved(): void {
    this.#fail('changes of presence were missed')
  }

  #apply(changes: readonly PresenceChange[], epoch: string): void {
    this.#changedAt = monotonicMicros()
    for (const change of changes) this.#applyOne(change, epoch)
    this.#tell()
  }

  #applyOne({ offset, type, user }: PresenceChange, epoch: string): void {
    const known = this.#place?.offset ?? 0
    if (epoch === this.#place?.epoch && offset <= known) return
    if (
      epoch !== this.#place?.epoch ||
      offset !== known + 1 ||
      this.#members.has(user) !== (type !== 'joined')
    )
      this.#fail(`"${user}" ${type} at ${offset} does not follow ${known}`)
    this.#place = { epoch, offset }
    if (type === 'left') this.#members.delete(user)
    else this.#members.add(user)
    if (user === this.#watched) this.#heard.push({ type, atMicros: this.#changedAt })
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(reason)
    this.#tell()
  }

  #tell(): void {
    if (this.#failure !== undefined) this.#awaited?.reject(this.#failure)
    else if (this.#awaited?.count === this.#members.size) this.#awaited.resolve(this.#changedAt)
    else return
    this.#awaited = undefined
  }
}
