// Who is in the conversation; a click on somebody writes to them alone.
import { type Conversation, type ConversationMember, useConversations, useMembers } from '@nowcast/react'
import { LogOut, MessageCircle, X } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { navigate } from '../app/route.ts'
import { nameOf } from '../people/profiles.ts'
import { useMe } from '../signIn/me.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { useAction } from '../theme/useAction.ts'
import { moveFocus } from './moveFocus.ts'
import './membersPanel.css'

/** What the panel needs. */
export type MembersPanelProps = {
  readonly id: string
  readonly info: Conversation | undefined
  readonly onClose: () => void
  readonly onLeave: () => void
}

/** Who is in the conversation. */
export function MembersPanel({ id, info, onClose, onLeave }: MembersPanelProps) {
  const members = useMembers(id)
  const conversations = useConversations()
  const { state, run } = useAction()
  const write = (user: string) => run(async () => navigate((await conversations.direct(user)).id))
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape') onClose()
    else moveFocus(event, 'button.member')
  }
  return (
    <aside className="members" aria-label="Members" onKeyDown={keys}>
      <header className="members__header">
        <h2>Members</h2>
        {info !== undefined && <span className="members__count">{info.memberCount}</span>}
        <IconButton icon={X} label="Close members" small onClick={onClose} />
      </header>
      <div className="members__list">
        {members.status !== 'ready' && members.status !== 'refused' && <SkeletonRows rows={4} />}
        {members.error !== undefined && <Problem reason={members.error.message} />}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        {members.status === 'ready' && (
          <ul>
            {inOrder(members.members).map((member) => (
              <Member key={member.id} member={member} onWrite={write} />
            ))}
          </ul>
        )}
      </div>
      {info !== undefined && info.kind !== 'direct' && (
        <footer className="members__footer">
          <button type="button" className="button button--quiet" onClick={onLeave}>
            <LogOut size={15} aria-hidden />
            Leave conversation
          </button>
        </footer>
      )}
    </aside>
  )
}

const inOrder = (members: readonly ConversationMember[]): readonly ConversationMember[] =>
  [...members].sort((one, other) =>
    nameOf(one.id, one).localeCompare(nameOf(other.id, other), undefined, { sensitivity: 'base' }),
  )

type MemberProps = { readonly member: ConversationMember; readonly onWrite: (user: string) => void }

function Member({ member, onWrite }: MemberProps) {
  const { id: userId } = useMe()
  const name = nameOf(member.id, member)
  const own = member.id === userId
  const face = (
    <>
      <Avatar id={member.id} name={name} picture={member.avatar} />
      <span className="member__text">
        <span className="member__name">
          {name}
          {own && <span className="member__you"> you</span>}
        </span>
        <span className="member__role">{member.role === 'member' ? member.id : member.role}</span>
      </span>
    </>
  )
  return (
    <li>
      {own ? (
        <div className="member">{face}</div>
      ) : (
        <button
          type="button"
          className="member"
          aria-label={`Message ${name} directly`}
          title={`Message ${name} directly`}
          onClick={() => onWrite(member.id)}
        >
          {face}
          <MessageCircle size={16} className="member__icon" aria-hidden />
        </button>
      )}
    </li>
  )
}
