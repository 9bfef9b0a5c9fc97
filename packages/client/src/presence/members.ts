// Who is on a channel, as a list that keeps its identity, and that of each member, until something changes.
import type { Member, Push } from '@nowcast/protocol'
import { listed } from '../people/listed.ts'

/** A change of a channel's members. */
export interface MemberChange {
  /** By name, then id; the same array when nothing has changed. */
  readonly members: readonly Member[]
  readonly joined: readonly Member[]
  readonly updated: readonly Member[]
  readonly left: readonly Member[]
}

/** Puts those who are there now in place of those who were. */
export function replaceMembers(before: readonly Member[], now: readonly Member[]): MemberChange {
  const known = new Map(before.map((member) => [member.id, member]))
  const members: Member[] = []
  const joined: Member[] = []
  const updated: Member[] = []
  for (const member of new Map(listed(now).map((member) => [member.id, member])).values()) {
    const old = known.get(member.id)
    known.delete(member.id)
    const isSame = old !== undefined && isEqual(old, member)
    members.push(isSame ? old : member)
    if (old === undefined) joined.push(member)
    else if (!isSame) updated.push(member)
  }
  const left = [...known.values()]
  const isChanged = joined.length + updated.length + left.length > 0
  return { members: isChanged ? members.sort(byName) : before, joined, updated, left }
}

/** Applies what has changed. */
export function changeMembers(
  before: readonly Member[],
  { joined = [], updated = [], left = [] }: Push & { readonly type: 'presence.changed' },
): MemberChange {
  const gone = new Set(left)
  return replaceMembers(before, [...before.filter(({ id }) => !gone.has(id)), ...joined, ...updated])
}

const isEqual = (one: Member, other: Member): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
const byName = (one: Member, other: Member): number =>
  (one.name ?? one.id).localeCompare(other.name ?? other.id) || compare(one.id, other.id)
