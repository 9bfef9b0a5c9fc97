// The rarer things that can be done with a message.
import type { ChatMessage } from '@nowcast/react'
import { History, Info, Link, Pin, PinOff, Trash2 } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { moveFocus } from '../conversations/moveFocus.ts'
import { MenuItem } from '../theme/MenuItem.tsx'
import type { MessageActions, MessagePanel, Rights } from './actions.ts'

/** What the menu needs. */
export type MessageMenuProps = {
  readonly message: ChatMessage
  readonly rights: Rights
  readonly actions: MessageActions
  /** Opens another panel in place of the menu. */
  readonly onOpen: (panel: MessagePanel) => void
  readonly onClose: () => void
}

/** The rarer things that can be done with a message. */
export function MessageMenu({ message, rights, actions, onOpen, onClose }: MessageMenuProps) {
  const menu = useRef<HTMLDivElement>(null)
  useEffect(() => menu.current?.querySelector('button')?.focus(), [])
  const keys = (event: KeyboardEvent<HTMLElement>) => moveFocus(event, 'button')
  const pinned = message.pinnedAt !== undefined
  const close = (act: (message: ChatMessage) => void) => () => {
    onClose()
    act(message)
  }
  return (
    <div ref={menu} className="menu" role="menu" tabIndex={-1} aria-label="Message" onKeyDown={keys}>
      {rights.pin && (
        <MenuItem
          icon={pinned ? PinOff : Pin}
          text={pinned ? 'Unpin' : 'Pin to the conversation'}
          onChoose={close(() => actions.pin(message, !pinned))}
        />
      )}
      <MenuItem icon={Link} text="Copy link" onChoose={close(actions.copyLink)} />
      {message.own && <MenuItem icon={Info} text="Who has read it" onChoose={() => onOpen('info')} />}
      {message.editedAt !== undefined && (
        <MenuItem icon={History} text="Earlier versions" onChoose={() => onOpen('history')} />
      )}
      {((rights.takePart && message.own) || rights.deleteOthers) && (
        <MenuItem icon={Trash2} text="Delete message" dangerous onChoose={close(actions.remove)} />
      )}
    </div>
  )
}
