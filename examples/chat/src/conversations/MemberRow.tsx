// One member: how they are, what they say of themselves, and a menu of what can be done.
import { type ConversationMember, type Role, usePerson } from '@nowcast/react'
import { Ellipsis } from 'lucide-react'
import { useRef, useState } from 'react'
import { useOpenDialog } from '../app/dialogs.ts'
import { PersonAvatar } from '../people/PersonAvatar.tsx'
import { presenceText } from '../people/presenceText.ts'
import { nameOf } from '../people/profiles.ts'
import { useMe } from '../signIn/me.ts'
import { Popover } from '../theme/Popover.tsx'
import { MemberMenu } from './MemberMenu.tsx'
import type { MemberRights } from './rights.ts'

/** What a row needs. */
export type MemberRowProps = {
  readonly conversation: string
  readonly member: ConversationMember
  /** The signed-in person's own role, and what it allows. */
  readonly role: Role | undefined
  readonly rights: MemberRights
  readonly now: number
  readonly run: (request: () => Promise<unknown>) => void
}

/** One member. */
export function MemberRow({ conversation, member, role, rights, now, run }: MemberRowProps) {
  const me = useMe()
  const status = usePerson(member.id)
  const openDialog = useOpenDialog()
  const [anchor, setAnchor] = useState<Element>()
  const button = useRef<HTMLButtonElement>(null)
  const name = nameOf(member.id, member)
  const own = member.id === me.id
  return (
    <li className="member">
      <button
        type="button"
        className="member__face"
        aria-label={`Profile of ${name}`}
        onClick={() => openDialog({ kind: 'person', id: member.id })}
      >
        <PersonAvatar id={member.id} name={name} picture={member.avatar} />
        <span className="member__text">
          <span className="member__name">
            {name}
            {own && <span className="member__you"> you</span>}
          </span>
          <span className="member__said">{status?.text ?? presenceText(status, now)}</span>
        </span>
        {member.role !== 'member' && <span className="member__role">{member.role}</span>}
      </button>
      {!own && (
        <button
          ref={button}
          type="button"
          className="icon-button icon-button--small member__more"
          aria-label={`What can be done with ${name}`}
          aria-haspopup="menu"
          onClick={() => setAnchor(button.current ?? undefined)}
        >
          <Ellipsis size={16} aria-hidden />
        </button>
      )}
      {anchor !== undefined && (
        <Popover anchor={anchor} label={name} onClose={() => setAnchor(undefined)}>
          <MemberMenu
            conversation={conversation}
            member={member}
            role={role}
            rights={rights}
            run={run}
            onClose={() => setAnchor(undefined)}
          />
        </Popover>
      )}
    </li>
  )
}
