// Below a message that a thread began with: how many replies there are, and when the last one came.
import type { ChatMessage } from '@nowcast/react'
import { ChevronRight, MessageSquareText } from 'lucide-react'
import { useNow } from '../app/useNow.ts'
import { briefTime, fullTime } from '../theme/time.ts'
import './replyLine.css'

const MINUTE_MS = 60_000

/** What the line needs. */
export type ReplyLineProps = {
  readonly message: ChatMessage
  readonly onOpen: (message: ChatMessage) => void
}

/** "1 reply", "5 replies". */
export const replyCount = (count: number): string => (count === 1 ? '1 reply' : `${count} replies`)

/** How many replies there are; opens the thread. */
export function ReplyLine({ message, onOpen }: ReplyLineProps) {
  const now = useNow(MINUTE_MS)
  const { replies = 0, lastReplyAt } = message
  return (
    <button type="button" className="replies" onClick={() => onOpen(message)}>
      <MessageSquareText size={14} strokeWidth={2} aria-hidden />
      <span className="replies__count">{replyCount(replies)}</span>
      {lastReplyAt !== undefined && (
        <span className="replies__time" title={fullTime(lastReplyAt)}>
          last {briefTime(lastReplyAt, now)}
        </span>
      )}
      <ChevronRight size={14} className="replies__go" aria-hidden />
    </button>
  )
}
