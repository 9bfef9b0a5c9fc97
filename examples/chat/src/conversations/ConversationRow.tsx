// One line of the list: who or what, the newest message, when, and whether it is new.
import type { Conversation } from '@nowcast/react'
import { PenLine } from 'lucide-react'
import { memo } from 'react'
import { useHasDraft } from '../composer/drafts.ts'
import { useMe } from '../signIn/me.ts'
import { briefTime } from '../theme/time.ts'
import { ConversationTile } from './ConversationTile.tsx'
import { UnreadBadge } from './UnreadBadge.tsx'

/** What a row needs. */
export type ConversationRowProps = {
  readonly conversation: Conversation
  readonly title: string
  readonly preview: string | undefined
  readonly current: boolean
  readonly now: number
}

/** One line of the list. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { conversation, title, preview, current, now } = props
  const { id: userId } = useMe()
  const draft = useHasDraft(userId, conversation.id) && !current
  const { unread = 0, unreadMentions = 0 } = conversation
  const at = conversation.lastMessage?.createdAt
  return (
    <li>
      <a
        className="row"
        data-row
        data-unread={unread + unreadMentions > 0}
        href={`#/c/${encodeURIComponent(conversation.id)}`}
        aria-current={current ? 'page' : undefined}
      >
        <ConversationTile conversation={conversation} name={title} />
        <span className="row__text">
          <span className="row__first">
            <span className="row__title">{title}</span>
            {at !== undefined && <time className="row__time">{briefTime(at, now)}</time>}
          </span>
          <span className="row__second">
            <span className="row__preview">{preview ?? 'No messages yet'}</span>
            {draft && <PenLine size={13} className="row__draft" role="img" aria-label="Draft" />}
            <UnreadBadge unread={unread} mentions={unreadMentions} />
          </span>
        </span>
      </a>
    </li>
  )
})
