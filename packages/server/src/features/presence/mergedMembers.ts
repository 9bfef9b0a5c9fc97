// The members of a channel, put together from the entries of all nodes: a user is one member, and what was given last
// counts of what is still given.
import type { Json } from '@nowcast/protocol'
import { splitEntryName } from './entryName.ts'
import { givenAt } from './memberInfo.ts'
import type { RosterChange } from './roster.ts'

/** The members of one channel by user. */
export class MergedMembers {
  /** The infos of each user, by node. */
  readonly #entries = new Map<string, Map<string, Json>>()
  readonly #members = new Map<string, Json>()

  /** The info that counts, by user; those who came first before the others. */
  get byUser(): ReadonlyMap<string, Json> {
    return this.#members
  }

  /** Takes what has become of entries. Answers what has become of users. */
  take(changes: readonly RosterChange[]): RosterChange[] {
    return changes.flatMap(({ user: name, after: info }) => {
      const { user, node } = splitEntryName(name)
      this.#put(user, node, info)
      const before = this.#members.get(user)
      const after = this.#newest(user)
      if (before === after) return []
      if (after === undefined) this.#members.delete(user)
      else this.#members.set(user, after)
      return [{ user, before, after }]
    })
  }

  #put(user: string, node: string, info: Json | undefined): void {
    const entries = this.#entries.get(user)
    if (info === undefined) {
      entries?.delete(node)
      if (entries?.size === 0) this.#entries.delete(user)
    } else if (entries === undefined) this.#entries.set(user, new Map([[node, info]]))
    else entries.set(node, info)
  }

  #newest(user: string): Json | undefined {
    let newest: Json | undefined
    let by = ''
    for (const [node, info] of this.#entries.get(user) ?? []) {
      const isNewer = newest === undefined || givenAt(info) > givenAt(newest)
      // Everybody must choose the same one of two that were given at once.
      if (!isNewer && (givenAt(info) !== givenAt(newest ?? null) || node < by)) continue
      newest = info
      by = node
    }
    return newest
  }
}
