// What can be done with a member.
import { type ConversationMember, type Role, useConversation } from '@nowcast/react'
import { ArrowDown, ArrowUp, Crown, UserMinus, UserRound } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { useOpenDialog } from '../app/dialogs.ts'
import { MenuItem } from '../theme/MenuItem.tsx'
import { moveFocus } from './moveFocus.ts'
import { type MemberRights, mayRemove } from './rights.ts'

/** What the menu needs. */
export type MemberMenuProps = {
  readonly conversation: string
  readonly member: ConversationMember
  /** The signed-in person's own role, and what it allows. */
  readonly role: Role | undefined
  readonly rights: MemberRights
  /** Does something, and shows why it did not work. */
  readonly run: (request: () => Promise<unknown>) => void
  readonly onClose: () => void
}

/** What can be done with a member. */
export function MemberMenu({ conversation, member, role, rights, run, onClose }: MemberMenuProps) {
  const { setRole, remove } = useConversation(conversation)
  const openDialog = useOpenDialog()
  const menu = useRef<HTMLDivElement>(null)
  useEffect(() => menu.current?.querySelector('button')?.focus(), [])
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    moveFocus(event, 'button')
    // The list of members behind it would move its own focus.
    if (event.key !== 'Escape') event.stopPropagation()
  }
  const choose = (act: () => Promise<unknown>) => () => {
    onClose()
    run(act)
  }
  const become = (next: Role) => choose(() => setRole(member.id, next))
  return (
    <div
      ref={menu}
      className="menu"
      role="menu"
      tabIndex={-1}
      aria-label={member.name ?? member.id}
      onKeyDown={keys}
    >
      <MenuItem
        icon={UserRound}
        text="Profile and messages"
        onChoose={() => {
          onClose()
          openDialog({ kind: 'person', id: member.id })
        }}
      />
      {rights.own && member.role === 'member' && (
        <MenuItem icon={ArrowUp} text="Make an admin" onChoose={become('admin')} />
      )}
      {rights.own && member.role === 'admin' && (
        <MenuItem icon={ArrowDown} text="Make a member" onChoose={become('member')} />
      )}
      {rights.own && member.role !== 'owner' && (
        <MenuItem icon={Crown} text="Make the owner" onChoose={become('owner')} />
      )}
      {rights.manage && mayRemove(role, member.role) && (
        <MenuItem
          icon={UserMinus}
          text="Remove from the conversation"
          dangerous
          onChoose={choose(() => remove(member.id))}
        />
      )}
    </div>
  )
}
