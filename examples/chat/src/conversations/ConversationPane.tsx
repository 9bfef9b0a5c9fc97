// The open conversation: header, messages, composer, and beside them its members, what is pinned, or a thread.
import {
  type Conversation,
  TypingIndicator,
  useConversation,
  useConversations,
  useMembers,
} from '@nowcast/react'
import { type KeyboardEvent, useCallback, useMemo, useState } from 'react'
import { channelOf } from '../app/channelOf.ts'
import type { Place } from '../app/place.ts'
import { navigate, settle, usePlace } from '../app/route.ts'
import { useCovering, useNarrow } from '../app/useNarrow.ts'
import { Composer } from '../composer/Composer.tsx'
import { COMPOSER_ID, focusComposer } from '../composer/focusComposer.ts'
import { isEditable } from '../messages/actions.ts'
import { MessageLog } from '../messages/MessageLog.tsx'
import { Notice, useNotice } from '../messages/Notice.tsx'
import { useMessageTools } from '../messages/useMessageTools.tsx'
import { useLearn, usePersons } from '../people/usePersons.ts'
import { SearchDialog } from '../search/SearchDialog.tsx'
import { useMe } from '../signIn/me.ts'
import { Beside, closeBeside } from './Beside.tsx'
import { ConversationHeader } from './ConversationHeader.tsx'
import { titleOf } from './describe.ts'
import { LeaveDialog } from './LeaveDialog.tsx'
import { NoWriting } from './NoWriting.tsx'
import './pane.css'
import { Refused } from './Refused.tsx'
import { rightsIn } from './rights.ts'

/** The open conversation. Give it the id as key. */
export function ConversationPane({ id }: { readonly id: string }) {
  const conversation = useConversation(id)
  const { conversations } = useConversations()
  const personOf = usePersons()
  const place = usePlaceIn(id)
  const listed = useMemo(() => conversations.find((one) => one.id === id), [conversations, id])
  const info: Conversation | undefined = listed ?? conversation.conversation
  const [dialog, setDialog] = useState<'none' | 'search' | 'leave'>('none')
  const [editing, setEditing] = useState<number>()
  const [said, say] = useNotice()
  const people = useNameable(info?.role === undefined ? null : id)
  const edit = useCallback((offset: number | undefined) => {
    setEditing(offset)
    if (offset === undefined) focusComposer()
  }, [])
  const narrow = useNarrow()
  const covering = useCovering()
  const tools = useMessageTools(id, conversation, info, edit, say)
  const { messages, message: find } = conversation
  const editLast = useCallback(() => edit(messages.findLast(isEditable)?.offset), [messages, edit])
  // What is not in the conversation itself may be a reply: then its thread has it.
  const missing = useCallback(
    (offset: number) =>
      void find(offset).then(
        ({ thread }) => {
          if (thread !== undefined) settle(id, { panel: { kind: 'thread', root: thread, reply: offset } })
        },
        () => say('That message is not to be had.'),
      ),
    [find, id, say],
  )

  if (conversation.status === 'refused') return <Refused id={id} reason={conversation.error?.message} />
  const title = info === undefined ? '' : titleOf(info, personOf)
  const { panel } = place
  const toggle = (kind: 'members' | 'pinned') =>
    panel?.kind === kind ? settle(id) : navigate(id, { panel: { kind } })
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape' || event.defaultPrevented || panel === undefined) return
    // What stands before it goes first.
    if (document.querySelector('dialog[open], :popover-open') === null) closeBeside(id)
  }
  return (
    <main className="pane" data-beside={panel?.kind ?? 'nothing'} onKeyDown={keys}>
      <div className="pane__main">
        <ConversationHeader
          info={info}
          title={title}
          membersShown={panel?.kind === 'members'}
          onMembers={() => toggle('members')}
          pinnedShown={panel?.kind === 'pinned'}
          onPinned={() => toggle('pinned')}
          onSearch={() => setDialog('search')}
        />
        <MessageLog
          title={title}
          conversation={conversation}
          info={info}
          place={place}
          covered={panel !== undefined && (panel.kind === 'members' ? narrow : covering)}
          editing={editing}
          rights={tools.rights}
          actions={tools.actions}
          onMissing={missing}
        />
        <Notice said={said} />
        <TypingIndicator channel={channelOf(id)} />
        {info?.role !== undefined && !rightsIn(info).write && <NoWriting info={info} />}
        {(info?.role === undefined || rightsIn(info).write) && (
          <Composer
            field={COMPOSER_ID}
            draft={id}
            label={title === '' ? 'Write a message' : `Message ${title}`}
            people={people}
            channel={channelOf(id)}
            onSend={conversation.send}
            onEditLast={editLast}
          />
        )}
      </div>
      <Beside
        place={place}
        conversation={conversation}
        info={info}
        title={title}
        tools={tools}
        people={people}
        onLeave={() => setDialog('leave')}
      />
      {tools.opened}
      {dialog === 'search' && <SearchDialog within={id} open={id} onClose={() => setDialog('none')} />}
      {dialog === 'leave' && (
        <LeaveDialog id={id} title={title} onClose={() => setDialog('none')} onLeft={goHome} />
      )}
    </main>
  )
}

const goHome = () => navigate(undefined)

// On a wide page a conversation can be open before it is in the address.
function usePlaceIn(id: string): Place {
  const place = usePlace()
  return useMemo(() => (place?.conversation === id ? place : { conversation: id }), [place, id])
}

// The other members, who can be named; their profiles are learned on the way.
function useNameable(id: string | null) {
  const { id: me } = useMe()
  const { members } = useMembers(id)
  const personOf = usePersons()
  useLearn(members)
  return useMemo(
    () => members.filter((member) => member.id !== me).map((member) => personOf(member.id)),
    [members, me, personOf],
  )
}
