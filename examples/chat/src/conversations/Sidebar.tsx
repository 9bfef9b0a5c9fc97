// The left side: search, the conversations, and who is signed in.
import { Compass, Search, SquarePen } from 'lucide-react'
import { useOpenDialog } from '../app/dialogs.ts'
import { InboxNotice } from '../app/InboxNotice.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import { Mark } from '../theme/Mark.tsx'
import { ConversationList } from './ConversationList.tsx'
import './sidebar.css'
import { UserBar } from './UserBar.tsx'

const SHORTCUT = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'

/** What the sidebar needs. */
export type SidebarProps = {
  /** The id of the open conversation. */
  readonly open: string | undefined
}

/** The left side. */
export function Sidebar({ open }: SidebarProps) {
  const openDialog = useOpenDialog()
  return (
    <aside className="sidebar">
      <header className="sidebar__header">
        <Mark size={24} />
        <h1>Nowcast</h1>
        <IconButton
          icon={Compass}
          label="Browse conversations"
          onClick={() => openDialog({ kind: 'browse' })}
        />
        <IconButton
          icon={SquarePen}
          label="New conversation"
          onClick={() => openDialog({ kind: 'create' })}
        />
      </header>
      <button
        type="button"
        className="sidebar__search"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => openDialog({ kind: 'search' })}
      >
        <Search size={15} aria-hidden />
        <span>Search</span>
        <kbd className="key" aria-hidden>
          {SHORTCUT}
        </kbd>
      </button>
      <InboxNotice open={open} />
      <ConversationList open={open} />
      <UserBar />
    </aside>
  )
}
