// Who is in the conversation, how they are, and what can be done with them.
import { type Conversation, useMembers } from '@nowcast/react'
import { LogOut, Settings, UserPlus, X } from 'lucide-react'
import { type KeyboardEvent, useCallback } from 'react'
import { useOpenDialog } from '../app/dialogs.ts'
import { useNow } from '../app/useNow.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { useAction } from '../theme/useAction.ts'
import { MemberRow } from './MemberRow.tsx'
import { byRank } from './memberOrder.ts'
import './membersPanel.css'
import { moveFocus } from './moveFocus.ts'
import { rightsIn } from './rights.ts'

const MINUTE_MS = 60_000

/** What the panel needs. */
export type MembersPanelProps = {
  readonly id: string
  readonly info: Conversation | undefined
  readonly title: string
  readonly onClose: () => void
  readonly onLeave: () => void
}

/** Who is in the conversation. */
export function MembersPanel({ id, info, title, onClose, onLeave }: MembersPanelProps) {
  const members = useMembers(id)
  const openDialog = useOpenDialog()
  const { state, run } = useAction()
  const act = useCallback((request: () => Promise<unknown>) => void run(request), [run])
  const now = useNow(MINUTE_MS)
  const rights = rightsIn(info)
  const keys = (event: KeyboardEvent<HTMLElement>) => moveFocus(event, '.member__face')
  return (
    <aside className="beside members" aria-label="Members" onKeyDown={keys}>
      <header className="beside__header">
        <div className="beside__titles">
          <h2>Members</h2>
          {info !== undefined && <p>{info.memberCount}</p>}
        </div>
        {rights.invite && (
          <IconButton
            icon={UserPlus}
            label="Invite people"
            small
            onClick={() => openDialog({ kind: 'invite', id, title })}
          />
        )}
        {(rights.manage || rights.own) && (
          <IconButton
            icon={Settings}
            label="Conversation settings"
            small
            onClick={() => openDialog({ kind: 'settings', id })}
          />
        )}
        <IconButton icon={X} label="Close members" small onClick={onClose} />
      </header>
      <div className="members__list">
        {members.status !== 'ready' && members.status !== 'refused' && <SkeletonRows rows={4} />}
        {members.error !== undefined && <Problem reason={members.error.message} />}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        {members.status === 'ready' && (
          <ul>
            {byRank(members.members).map((member) => (
              <MemberRow
                key={member.id}
                conversation={id}
                member={member}
                role={info?.role}
                rights={rights}
                now={now}
                run={act}
              />
            ))}
          </ul>
        )}
      </div>
      {info?.role !== undefined && info.kind !== 'direct' && (
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
