// Who is signed in, and the way out.
import { LogOut } from 'lucide-react'
import { useRef, useState } from 'react'
import { notify } from '../data/notices.ts'
import { signOut } from '../session/session.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { reasonOf } from '../theme/errors.ts'
import { Menu } from '../theme/Menu.tsx'
import { MenuItem } from '../theme/MenuItem.tsx'
import './accountMenu.css'
import { useMe } from './me.tsx'

/** The menu behind one's own picture. */
export function AccountMenu() {
  const { user, organization } = useMe()
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const leave = () => {
    signOut().catch((error: unknown) => notify(`You are still signed in. ${reasonOf(error)}`))
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        className="account-menu"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={`${user.name}, your account`}
        onClick={() => setOpen(true)}
      >
        <Avatar id={user.id} name={user.name} picture={user.avatar} />
      </button>
      {isOpen && button.current !== null && (
        <Menu anchor={button.current} label="Your account" onClose={() => setOpen(false)}>
          <p className="account-menu__who">
            <strong>{user.name}</strong>
            <span>{organization.name}</span>
          </p>
          <MenuItem icon={LogOut} text="Sign out" onChoose={leave} />
        </Menu>
      )}
    </>
  )
}
