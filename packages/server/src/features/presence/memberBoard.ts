// What the watchers of a channel are told of its members. Up to a number of members: all of them, then the net changes of
// each window. Above it, so that n members do not cost n² events: a count and a sample, at intervals.
import type { Json, Member, Push } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import { type Message, pushed } from './audience.ts'
import { AwaitedUsers } from './awaitedUsers.ts'
import { showsSame, toMember } from './memberInfo.ts'
import { MergedMembers } from './mergedMembers.ts'
import type { RosterChange } from './roster.ts'
import type { Board, BoardParts } from './watching.ts'

/** How members are told. */
export interface MemberBoardOptions {
  /** On a channel with more members than this they are counted. */
  readonly maxListed: number
  /** Members that are named on such a channel; fewer when they are large. */
  readonly sample: number
  /** How often such a channel's count is told. */
  readonly countIntervalMs: number
  /** How long changes wait to travel together. */
  readonly batchWindowMs: number
  /** Largest data of a member, in bytes of JSON. */
  readonly maxDataBytes: number
  /** Members whose list would be larger are counted, however few they are. */
  readonly maxBytes: number
}

/** Members are listed again when no more than this share of the most that are listed is left. */
const LISTED_AGAIN = 0.8
/** A member without data is not larger than this. */
const PROFILE_BYTES = 5_000

/** `listed`: watchers know every member. `counted`: they know a count and a sample, once these were told. */
type Mode =
  | { readonly kind: 'listed'; readonly before: Map<string, Json | undefined> }
  | { readonly kind: 'counted'; told: { readonly push: Push; readonly text: string } | undefined }

/** The members of one channel, told to its watchers. */
export class MemberBoard implements Board {
  readonly #parts: BoardParts
  readonly #clock: Clock
  readonly #options: MemberBoardOptions
  readonly #merged = new MergedMembers()
  /** While listed: what the watchers know of those who have changed since. */
  #mode: Mode = { kind: 'listed', before: new Map() }
  readonly #awaited: AwaitedUsers
  #timer: Timer | undefined

  constructor(parts: BoardParts, clock: Clock, options: MemberBoardOptions) {
    this.#parts = parts
    this.#clock = clock
    this.#options = options
    this.#awaited = new AwaitedUsers(clock, (user) => this.#isTold(user))
  }

  changed(entries: readonly RosterChange[]): void {
    const changes = this.#merged.take(entries)
    if (changes.length === 0) return
    const { maxListed, batchWindowMs, countIntervalMs } = this.#options
    const wasCounted = this.#mode.kind === 'counted'
    if (this.#mode.kind === 'listed') {
      if (this.#merged.byUser.size > maxListed) this.#mode = { kind: 'counted', told: undefined }
      else note(this.#mode.before, changes)
    }
    this.#timer ??= this.#clock.after(wasCounted ? countIntervalMs : batchWindowMs, () => this.#flush())
    if (this.#parts.audience.isEmpty) this.#awaited.check()
  }

  /**
   * Resolves when the watchers know that the user is a member, right after they were told; at once while members are
   * counted. Without watchers it is enough that the user is a member. After `withinMs` it resolves anyhow.
   */
  told(user: string, withinMs: number): Promise<void> {
    return this.#awaited.wait(user, withinMs)
  }

  greeting(): Message {
    return pushed(this.#greeting())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#awaited.stop()
  }

  #flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#tell()
    this.#awaited.check()
  }

  #tell(): void {
    const { audience } = this.#parts
    if (this.#mode.kind === 'listed') {
      const changes = this.#netChanges(this.#mode.before)
      this.#mode.before.clear()
      if (changes !== undefined) audience.tell(pushed(changes))
      return
    }
    if (this.#merged.byUser.size <= this.#options.maxListed * LISTED_AGAIN) {
      const everybody = this.#everybody(this.#merged.byUser)
      if (everybody !== undefined) {
        this.#mode = { kind: 'listed', before: new Map() }
        audience.tell(pushed(everybody))
        return
      }
    }
    const counted = this.#counted()
    if (counted.text === this.#mode.told?.text) return
    this.#mode.told = counted
    audience.tell(pushed(counted.push))
  }

  #greeting(): Push {
    if (this.#mode.kind === 'listed') {
      if (this.#parts.audience.isEmpty) this.#mode.before.clear()
      // What the others have been told: the next changes are the same for all. Were it told now, a thousand who come one
      // after another and look around would each cost everybody a push.
      const told = this.#everybody(before(this.#merged.byUser, this.#mode.before))
      if (told !== undefined) return told
      this.#mode = { kind: 'counted', told: undefined }
    }
    if (this.#mode.told === undefined) this.#flush()
    return (this.#mode.kind === 'counted' && this.#mode.told?.push) || this.#counted().push
  }

  #isTold(user: string): boolean {
    if (this.#mode.kind === 'counted') return true
    const { before } = this.#mode
    if (this.#parts.audience.isEmpty || !before.has(user)) return this.#merged.byUser.has(user)
    return before.get(user) !== undefined
  }

  #netChanges(before: ReadonlyMap<string, Json | undefined>): Push | undefined {
    const members = this.#merged.byUser
    const joined: Member[] = []
    const updated: Member[] = []
    const left: string[] = []
    for (const [user, known] of before) {
      const info = members.get(user)
      if (showsSame(known, info)) continue
      if (info === undefined) left.push(user)
      else if (known === undefined) joined.push(toMember(user, info))
      else updated.push(toMember(user, info))
    }
    if (joined.length + updated.length + left.length === 0) return undefined
    return {
      type: 'presence.changed',
      channel: this.#parts.channel,
      count: members.size,
      ...(joined.length === 0 ? {} : { joined }),
      ...(updated.length === 0 ? {} : { updated }),
      ...(left.length === 0 ? {} : { left }),
    }
  }

  /** All members, unless that would be too large to be sent. */
  #everybody(members: ReadonlyMap<string, Json>): Push | undefined {
    const { maxDataBytes, maxBytes } = this.#options
    const listed = Array.from(members, ([user, info]) => toMember(user, info))
    const { channel } = this.#parts
    const push: Push = { type: 'presence', channel, count: members.size, members: listed, complete: true }
    const mayBeTooLarge = members.size * (maxDataBytes + PROFILE_BYTES) > maxBytes
    return mayBeTooLarge && Buffer.byteLength(JSON.stringify(push)) > maxBytes ? undefined : push
  }

  #counted(): { readonly push: Push; readonly text: string } {
    const members = this.#merged.byUser
    const sample: Member[] = []
    let bytes = 0
    for (const [user, info] of members) {
      const member = toMember(user, info)
      bytes += Buffer.byteLength(JSON.stringify(member))
      if (sample.length === this.#options.sample || bytes > this.#options.maxBytes) break
      sample.push(member)
    }
    const { channel } = this.#parts
    const push: Push = { type: 'presence', channel, count: members.size, members: sample, complete: false }
    return { push, text: JSON.stringify(push) }
  }
}

function note(before: Map<string, Json | undefined>, changes: readonly RosterChange[]): void {
  for (const change of changes) if (!before.has(change.user)) before.set(change.user, change.before)
}

/** The members as they were before some of them changed. */
function before(
  members: ReadonlyMap<string, Json>,
  changed: ReadonlyMap<string, Json | undefined>,
): ReadonlyMap<string, Json> {
  if (changed.size === 0) return members
  const earlier = new Map(members)
  for (const [user, info] of changed) {
    if (info === undefined) earlier.delete(user)
    else earlier.set(user, info)
  }
  return earlier
}
