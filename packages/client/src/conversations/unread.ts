// How much of a conversation its user has not read. Pure: values in, values out.
// A count of the server stands for a place of the channel; what came after it is kept one by one, so that reading on
// from anywhere behind that place gives an exact count, whatever crosses on its way.
import { limits } from '@nowcast/protocol'

/** What is not read. */
export interface Unread {
  /** The user has read up to here. */
  readonly read: number
  /** Up to here the server has counted. */
  readonly base: number
  /** Others' messages up to `base` that were not read. */
  readonly before: Count
  /** Others' messages after `base`, ascending, read or not. */
  readonly later: readonly Later[]
}

/** A number of messages, and how many of them mention the user. */
export interface Count {
  readonly unread: number
  readonly unreadMentions: number
}

interface Later {
  readonly offset: number
  readonly mentions: boolean
}

/** Everything is read. */
export const NONE: Count = { unread: 0, unreadMentions: 0 }

/** What the server has counted at a place of the channel. */
export function counted(base: number, read: number, before: Count): Unread {
  return { base, read, before, later: [] }
}

/** Counts what is unread. */
export function count({ before, later, read }: Unread): Count {
  const unread = later.filter(({ offset }) => offset > read)
  return {
    unread: Math.min(before.unread + unread.length, limits.unread),
    unreadMentions: Math.min(
      before.unreadMentions + unread.filter(({ mentions }) => mentions).length,
      limits.unread,
    ),
  }
}

/** Takes in a message of another. */
export function received(state: Unread, offset: number, mentions: boolean): Unread {
  const later = [...state.later, { offset, mentions }]
  const [first] = later
  if (first === undefined || later.length <= limits.unread) return { ...state, later }
  // What is beyond the limit is counted together.
  const before = count({ ...state, later: [first] })
  return { ...state, base: first.offset, before, later: later.slice(1) }
}

/** Takes in that a message of another was deleted. */
export function withdrawn(state: Unread, offset: number, mentions: boolean): Unread {
  const { base, read, before } = state
  if (offset > base) return { ...state, later: state.later.filter((message) => message.offset !== offset) }
  // Of more than the limit it is not known how many they are.
  if (offset <= read || before.unread >= limits.unread) return state
  const unreadMentions = Math.max(before.unreadMentions - Number(mentions), 0)
  return { ...state, before: { unread: Math.max(before.unread - 1, 0), unreadMentions } }
}

/** Takes in that the user has read up to `offset`. @param told what the server has counted then, where it has */
export function readUpTo(state: Unread, offset: number, told?: Count): Unread {
  if (offset < state.read) return state
  const { base } = state
  const later = state.later.filter((message) => message.offset > offset)
  if (offset >= base) return { base, read: offset, before: NONE, later }
  if (told === undefined) return { ...state, read: offset }
  const known = count({ ...state, before: NONE, read: offset })
  const before = {
    unread: Math.max(told.unread - known.unread, 0),
    unreadMentions: Math.max(told.unreadMentions - known.unreadMentions, 0),
  }
  return { ...state, read: offset, before }
}
