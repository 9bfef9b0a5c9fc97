// Which conversations have something new, judged by how far this browser has read.
import type { Conversation } from '@nowcast/protocol'
import { useMemo } from 'react'
import { useNowcast } from '../live/nowcast.ts'
import { useLive } from '../live/useLive.ts'

/** The ids of conversations whose newest message is by someone else and not read in this browser. */
export function useUnread(conversations: readonly Conversation[]): ReadonlySet<string> {
  const { readMarks, userId } = useNowcast()
  const marks = useLive(readMarks)
  return useMemo(() => {
    const unread = conversations.filter(
      ({ id, lastMessage }) =>
        lastMessage !== undefined && lastMessage.sender !== userId && lastMessage.offset > (marks[id] ?? 0),
    )
    return new Set(unread.map(({ id }) => id))
  }, [conversations, marks, userId])
}
