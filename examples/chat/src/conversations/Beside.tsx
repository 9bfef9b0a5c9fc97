// What is open beside a conversation: its members, what is pinned, or a thread.
import type { Conversation, ConversationHandle } from '@nowcast/react'
import { channelOf } from '../app/channelOf.ts'
import type { Place } from '../app/place.ts'
import { navigate, settle } from '../app/route.ts'
import { useCovering } from '../app/useNarrow.ts'
import { focusComposer } from '../composer/focusComposer.ts'
import { PinnedPanel } from '../messages/PinnedPanel.tsx'
import type { MessageTools } from '../messages/useMessageTools.tsx'
import type { Person } from '../people/usePersons.ts'
import { ThreadPanel } from '../threads/ThreadPanel.tsx'
import { MembersPanel } from './MembersPanel.tsx'

/** What it needs. */
export type BesideProps = {
  readonly place: Place
  readonly conversation: Pick<ConversationHandle, 'pins' | 'pin' | 'markRead'>
  readonly info: Conversation | undefined
  readonly title: string
  readonly tools: MessageTools
  /** Those who can be named. */
  readonly people: readonly Person[]
  readonly onLeave: () => void
}

/** Closes what is open beside a conversation. */
export function closeBeside(conversation: string): void {
  settle(conversation)
  focusComposer()
}

/** What is open beside a conversation. */
export function Beside({ place, conversation, info, title, tools, people, onLeave }: BesideProps) {
  const covering = useCovering()
  const { conversation: id, panel } = place
  const close = () => closeBeside(id)
  if (panel?.kind === 'members') {
    return <MembersPanel id={id} info={info} title={title} onClose={close} onLeave={onLeave} />
  }
  if (panel?.kind === 'pinned') {
    return (
      <PinnedPanel
        channel={channelOf(id)}
        pins={conversation.pins}
        onUnpin={tools.rights.pin ? ({ offset }) => void conversation.pin(offset, false) : undefined}
        onShow={({ offset, thread }) => {
          if (thread !== undefined) navigate(id, { panel: { kind: 'thread', root: thread, reply: offset } })
          // The panel may stand before the conversation.
          else navigate(id, { message: offset, ...(!covering && { panel }) })
        }}
        onClose={close}
      />
    )
  }
  if (panel?.kind === 'thread') {
    return (
      <ThreadPanel
        key={panel.root}
        id={id}
        info={info}
        title={title}
        root={panel.root}
        reply={panel.reply}
        people={people}
        channel={channelOf(id)}
        rights={tools.rights}
        actions={tools.actions}
        // Reading stands at one place: a reply must not take what is unread before it along.
        onRead={info?.unread === 0 ? conversation.markRead : undefined}
        onClose={close}
      />
    )
  }
  return null
}
