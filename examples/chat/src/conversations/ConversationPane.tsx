// The open conversation: header, messages, composer, and beside them its members.
import {
  type ChatMessage,
  type Conversation,
  useConversation,
  useConversations,
  useMembers,
} from '@nowcast/react'
import { useCallback, useMemo, useState } from 'react'
import { navigate } from '../app/route.ts'
import { Composer } from '../composer/Composer.tsx'
import { MessageLog } from '../messages/MessageLog.tsx'
import { useLearn, usePersons } from '../people/usePersons.ts'
import { SearchDialog } from '../search/SearchDialog.tsx'
import { ConversationHeader } from './ConversationHeader.tsx'
import { titleOf } from './describe.ts'
import { LeaveDialog } from './LeaveDialog.tsx'
import { MembersPanel } from './MembersPanel.tsx'
import { Refused } from './Refused.tsx'
import './pane.css'

/** The open conversation. Give it the id as key. */
export function ConversationPane({ id }: { readonly id: string }) {
  const conversation = useConversation(id)
  const { conversations } = useConversations()
  const personOf = usePersons()
  const listed = useMemo(() => conversations.find((one) => one.id === id), [conversations, id])
  const info: Conversation | undefined = listed ?? conversation.conversation
  const [beside, setBeside] = useState<'nothing' | 'members'>('nothing')
  const [dialog, setDialog] = useState<'none' | 'search' | 'leave'>('none')
  const [editing, setEditing] = useState<number>()
  useLearn(useMembers(info?.role === undefined ? null : id).members)
  const editLast = useEditLast(conversation.messages, setEditing)

  if (conversation.status === 'refused') return <Refused id={id} reason={conversation.error?.message} />
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
          title={title}
          conversation={conversation}
          info={info}
          editing={editing}
          onEdit={setEditing}
        />
        <Composer id={id} title={title} onSend={conversation.send} onEditLast={editLast} />
      </div>
      {beside === 'members' && (
        <MembersPanel
          id={id}
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

function useEditLast(messages: readonly ChatMessage[], edit: (offset: number) => void): () => void {
  return useCallback(() => {
    const last = messages.findLast(
      ({ own, offset, deletedAt }) => own && offset > 0 && deletedAt === undefined,
    )
    if (last !== undefined) edit(last.offset)
  }, [messages, edit])
}
