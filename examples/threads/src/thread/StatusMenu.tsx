// The status, which everybody may change.
import { ChevronDown } from 'lucide-react'
import { useRef, useState } from 'react'
import type { ThreadStatus } from '../../shared/api.ts'
import { Menu } from '../theme/Menu.tsx'
import { MenuItem } from '../theme/MenuItem.tsx'
import { StatusBadge } from '../threads/StatusBadge.tsx'
import { STATUSES } from '../threads/statuses.ts'
import './statusMenu.css'

/** What the menu needs. */
export interface StatusMenuProps {
  readonly status: ThreadStatus
  readonly onChoose: (status: ThreadStatus) => void
}

/** The status, and the others to choose from. */
export function StatusMenu({ status, onChoose }: StatusMenuProps) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <button
        ref={button}
        type="button"
        className="status-menu"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        <span className="visually-hidden">Status: </span>
        <StatusBadge status={status} />
        <ChevronDown size={14} aria-hidden />
      </button>
      {isOpen && button.current !== null && (
        <Menu anchor={button.current} label="Status" onClose={() => setOpen(false)}>
          {STATUSES.map((info) => (
            <MenuItem
              key={info.status}
              icon={info.icon}
              text={info.label}
              chosen={info.status === status}
              onChoose={() => info.status !== status && onChoose(info.status)}
            />
          ))}
        </Menu>
      )}
    </>
  )
}
