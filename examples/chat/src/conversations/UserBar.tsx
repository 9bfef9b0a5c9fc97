// Who is signed in, and how the connection is.
import { LogOut } from 'lucide-react'
import { useMe } from '../signIn/me.ts'
import { signOut } from '../signIn/session.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import { ThemeToggle } from '../theme/ThemeToggle.tsx'
import { ConnectionBadge } from './ConnectionBadge.tsx'
import './userBar.css'

/** Who is signed in, and how the connection is. */
export function UserBar() {
  const { id: userId, name } = useMe()
  return (
    <footer className="user-bar">
      <Avatar id={userId} name={name} />
      <div className="user-bar__text">
        <p className="user-bar__name">{name}</p>
        <ConnectionBadge />
      </div>
      <ThemeToggle />
      <IconButton icon={LogOut} label="Sign out" onClick={signOut} />
    </footer>
  )
}
