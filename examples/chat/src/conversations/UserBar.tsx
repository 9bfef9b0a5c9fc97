// Who is signed in, and how the connection is.

import { usePerson } from '@nowcast/react'
import { LogOut } from 'lucide-react'
import { useOpenDialog } from '../app/dialogs.ts'
import { PersonAvatar } from '../people/PersonAvatar.tsx'
import { useMe } from '../signIn/me.ts'
import { signOut } from '../signIn/session.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { ThemeToggle } from '../theme/ThemeToggle.tsx'
import { ConnectionBadge } from './ConnectionBadge.tsx'
import './userBar.css'

/** Who is signed in, and how the connection is. */
export function UserBar() {
  const { id: userId, name } = useMe()
  const said = usePerson(userId)?.text
  const openDialog = useOpenDialog()
  return (
    <footer className="user-bar">
      <button type="button" className="user-bar__me" onClick={() => openDialog({ kind: 'status' })}>
        <PersonAvatar id={userId} name={name} />
        <span className="user-bar__text">
          <span className="user-bar__name">{name}</span>
          <span className="user-bar__said">{said ?? 'Set a status'}</span>
        </span>
      </button>
      <ConnectionBadge />
      <ThemeToggle />
      <IconButton icon={LogOut} label="Sign out" onClick={signOut} />
    </footer>
  )
}
