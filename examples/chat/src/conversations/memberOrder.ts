// In which order members are listed.
import type { ConversationMember } from '@nowcast/react'
import { nameOf } from '../people/profiles.ts'

const RANKS = { owner: 0, admin: 1, member: 2 } as const

/** The owner, then admins, then members, each by name. */
export const byRank = (members: readonly ConversationMember[]): readonly ConversationMember[] =>
  [...members].sort(
    (one, other) =>
      RANKS[one.role] - RANKS[other.role] ||
      nameOf(one.id, one).localeCompare(nameOf(other.id, other), undefined, { sensitivity: 'base' }),
  )
