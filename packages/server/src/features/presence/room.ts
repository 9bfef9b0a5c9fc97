// Whether a channel has room for a user, where the number of its members is bounded.
import type { PresenceMember } from '../../engine/presence.ts'
import { splitEntryName } from './entryName.ts'
import { givenAt } from './memberInfo.ts'

/**
 * True when there are fewer than `max` other members who came first. All nodes come to the same answer for those who have
 * entered, so that of many who entered at once exactly the surplus is refused when each is asked about again.
 */
export function hasRoom(entries: readonly PresenceMember[], user: string, max: number): boolean {
  const since = new Map<string, number>()
  for (const { user: name, info } of entries) {
    const member = splitEntryName(name).user
    since.set(member, Math.min(since.get(member) ?? Number.POSITIVE_INFINITY, givenAt(info)))
  }
  const own = since.get(user) ?? Number.POSITIVE_INFINITY
  let before = 0
  for (const [other, at] of since) {
    if (other !== user && (at < own || (at === own && other < user))) before += 1
  }
  return before < max
}
