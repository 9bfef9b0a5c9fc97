// The conversations, channels apart from direct messages. Arrow keys move through both.
import { type Conversation, useConversations } from '@nowcast/react'
import { CircleAlert, Plus } from 'lucide-react'
import { type KeyboardEvent, useId } from 'react'
import { useOpenDialog } from '../app/dialogs.ts'
import { useNow } from '../app/useNow.ts'
import { usePersons } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import './conversationList.css'
import { ConversationRow } from './ConversationRow.tsx'
import { previewOf, titleOf } from './describe.ts'
import { moveFocus } from './moveFocus.ts'
import type { SidebarProps } from './Sidebar.tsx'

const MINUTE_MS = 60_000

/** The conversations of the signed-in person. */
export function ConversationList({ open }: SidebarProps) {
  const { status, conversations } = useConversations()
  const openDialog = useOpenDialog()
  const keys = (event: KeyboardEvent<HTMLElement>) => moveFocus(event, 'a[data-row]')
  const loading = status === 'loading' && conversations.length === 0
  return (
    <nav className="conversations" aria-label="Conversations" aria-busy={loading} onKeyDown={keys}>
      {loading && <SkeletonRows />}
      {status === 'error' && conversations.length === 0 && (
        <p className="conversations__problem">
          <CircleAlert size={16} aria-hidden />
          Could not be loaded
        </p>
      )}
      {!loading && (status !== 'error' || conversations.length > 0) && (
        <>
          <Section
            title="Channels"
            empty={status === 'ready' ? 'Create a channel, or browse for one.' : undefined}
            conversations={conversations.filter(({ kind }) => kind !== 'direct')}
            open={open}
          />
          <Section
            title="Direct messages"
            empty={status === 'ready' ? 'Just between you and one other person.' : undefined}
            conversations={conversations.filter(({ kind }) => kind === 'direct')}
            open={open}
            add={{ label: 'New direct message', onClick: () => openDialog({ kind: 'direct' }) }}
          />
        </>
      )}
    </nav>
  )
}

type SectionProps = SidebarProps & {
  readonly title: string
  readonly conversations: readonly Conversation[]
  readonly empty: string | undefined
  readonly add?: { readonly label: string; readonly onClick: () => void }
}

function Section({ title, conversations, empty, open, add }: SectionProps) {
  const { id: userId } = useMe()
  const personOf = usePersons()
  const now = useNow(MINUTE_MS)
  const titleId = useId()
  return (
    <section>
      <header className="conversations__heading">
        <h2 id={titleId}>{title}</h2>
        {add !== undefined && <IconButton icon={Plus} small {...add} />}
      </header>
      {conversations.length === 0 && empty !== undefined && <p className="conversations__empty">{empty}</p>}
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the role of a list without markers */}
      <ul role="list" aria-labelledby={titleId}>
        {conversations.map((conversation) => (
          <ConversationRow
            key={conversation.id}
            conversation={conversation}
            title={titleOf(conversation, personOf)}
            preview={
              conversation.lastMessage && previewOf(conversation, conversation.lastMessage, userId, personOf)
            }
            current={conversation.id === open}
            now={now}
          />
        ))}
      </ul>
    </section>
  )
}
