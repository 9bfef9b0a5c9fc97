// The open conversation: header, messages, composer, and beside them its members.
import type { Conversation } from '@nowcast/protocol'
import { useCallback, useMemo, useState } from 'react'
import { navigate } from '../app/route.ts'
import { Composer } from '../composer/Composer.tsx'
import { useConversation, useConversations, useNowcast } from '../live/nowcast.ts'
import { useMembers } from '../live/useMembers.ts'
import { usePeople } from '../live/usePeople.ts'
import { MessageLog } from '../messages/MessageLog.tsx'
import { SearchDialog } from '../search/SearchDialog.tsx'
import { ConversationHeader } from './ConversationHeader.tsx'
import { titleOf } from './describe.ts'
import { LeaveDialog } from './LeaveDialog.tsx'
import { MembersPanel } from './MembersPanel.tsx'
import { Refused } from './Refused.tsx'
import './pane.css'

/** The open conversation. Give it the id as key. */
export function ConversationPane({ id }: { readonly id: string }) {
  const { live, snapshot } = useConversation(id)
  const { conversations } = useConversations()
  const personOf = usePeople()
  const listed = useMemo(() => conversations.find((one) => one.id === id), [conversations, id])
  const info: Conversation | undefined = listed ?? snapshot.conversation
  const [beside, setBeside] = useState<'nothing' | 'members'>('nothing')
  const [dialog, setDialog] = useState<'none' | 'search' | 'leave'>('none')
  const [editing, setEditing] = useState<number>()
  const members = useMembers(live, membersVersion(info, snapshot.status))
  const editLast = useEditLast(snapshot.messages, setEditing)

  if (snapshot.status === 'refused') return <Refused id={id} reason={snapshot.error?.message} />
  const title = info === undefined ? '' : titleOf(info, personOf)
  return (
    <main className="pane" data-beside={beside}>
      <div className="pane__main">
        <ConversationHeader
          info={info}
          title={title}
          membersShown={beside === 'members'}
          onMembers={() => setBeside(beside === 'members' ? 'nothing' : 'members')}
          onSearch={() => setDialog('search')}
        />
        <MessageLog
          id={id}
          title={title}
          live={live}
          snapshot={snapshot}
          info={info}
          editing={editing}
          onEdit={setEditing}
        />
        <Composer id={id} title={title} live={live} onEditLast={editLast} />
      </div>
      {beside === 'members' && (
        <MembersPanel
          members={members}
          info={info}
          onClose={() => setBeside('nothing')}
          onLeave={() => setDialog('leave')}
        />
      )}
      {dialog === 'search' && <SearchDialog within={id} open={id} onClose={() => setDialog('none')} />}
      {dialog === 'leave' && (
        <LeaveDialog id={id} title={title} onClose={() => setDialog('none')} onLeft={goHome} />
      )}
    </main>
  )
}

const goHome = () => navigate(undefined)

// Loads the members again when somebody came or went, and not before the conversation may be seen.
const membersVersion = (info: Conversation | undefined, status: string): string | undefined =>
  info?.role === undefined || status === 'refused' ? undefined : `${info.id} ${info.memberCount}`

function useEditLast(
  messages: ReturnType<typeof useConversation>['snapshot']['messages'],
  edit: (offset: number) => void,
): () => void {
  const { userId } = useNowcast()
  return useCallback(() => {
    const last = messages.findLast(
      ({ sender, status, deletedAt }) => sender === userId && status === 'sent' && deletedAt === undefined,
    )
    if (last !== undefined) edit(last.offset)
  }, [messages, userId, edit])
}
