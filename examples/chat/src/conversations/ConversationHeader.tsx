// The name of the open conversation and what can be done with it.
import type { Conversation } from '@nowcast/react'
import { ChevronLeft, Pin, Search, Users } from 'lucide-react'
import { navigate } from '../app/route.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { ConversationTile } from './ConversationTile.tsx'
import { memberCount } from './describe.ts'

/** What the header needs. */
export type ConversationHeaderProps = {
  /** Absent while it loads. */
  readonly info: Conversation | undefined
  readonly title: string
  readonly membersShown: boolean
  readonly onMembers: () => void
  readonly pinnedShown: boolean
  readonly onPinned: () => void
  readonly onSearch: () => void
}

/** The name of the open conversation and what can be done with it. */
export function ConversationHeader(props: ConversationHeaderProps) {
  const { info, title, membersShown, onMembers, pinnedShown, onPinned, onSearch } = props
  return (
    <header className="pane__header">
      <IconButton
        icon={ChevronLeft}
        label="Back to conversations"
        className="pane__back"
        onClick={() => navigate(undefined)}
      />
      {info !== undefined && <ConversationTile conversation={info} name={title} />}
      <div className="pane__titles">
        <h2>{title}</h2>
        {info !== undefined && <p>{subtitleOf(info)}</p>}
      </div>
      <IconButton icon={Search} label="Search in this conversation" onClick={onSearch} />
      <IconButton icon={Pin} label="Pinned messages" pressed={pinnedShown} onClick={onPinned} />
      <IconButton icon={Users} label="Members" pressed={membersShown} onClick={onMembers} />
    </header>
  )
}

function subtitleOf({ kind, memberCount: count, peer }: Conversation): string {
  if (kind === 'direct') return peer === undefined ? 'Direct message' : peer.id
  return kind === 'closed' ? `${memberCount(count)} · invited only` : memberCount(count)
}
