// The name of the open conversation and what can be done with it.
import { type Conversation, usePerson } from '@nowcast/react'
import { ChevronLeft, Pin, Search, Users } from 'lucide-react'
import { navigate } from '../app/route.ts'
import { useNow } from '../app/useNow.ts'
import { presenceText } from '../people/presenceText.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { ConversationTile } from './ConversationTile.tsx'
import { memberCount } from './describe.ts'
import { Here } from './Here.tsx'

const MINUTE_MS = 60_000

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
        {info !== undefined && <Subtitle info={info} />}
      </div>
      {info?.role !== undefined && info.kind !== 'direct' && <Here id={info.id} />}
      <IconButton icon={Search} label="Search in this conversation" onClick={onSearch} />
      <IconButton icon={Pin} label="Pinned messages" pressed={pinnedShown} onClick={onPinned} />
      <IconButton icon={Users} label="Members" pressed={membersShown} onClick={onMembers} />
    </header>
  )
}

// In a direct conversation how the other is, else how many members there are.
function Subtitle({ info }: { readonly info: Conversation }) {
  const { kind, memberCount: count, peer, archivedAt } = info
  const person = usePerson(peer?.id ?? null)
  const now = useNow(MINUTE_MS)
  if (kind === 'direct') {
    const facts = [presenceText(person, now), person?.text].filter(Boolean)
    return <p>{facts.length === 0 ? 'Direct message' : facts.join(' · ')}</p>
  }
  const facts = [memberCount(count)]
  if (kind === 'closed') facts.push('invited only')
  if (archivedAt !== undefined) facts.push('archived')
  return <p>{facts.join(' · ')}</p>
}
