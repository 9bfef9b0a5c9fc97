// One thing to choose in a menu.
import type { LucideIcon } from 'lucide-react'
import './menu.css'

/** What an item needs. */
export type MenuItemProps = {
  readonly icon: LucideIcon
  readonly text: string
  readonly onChoose: () => void
  readonly dangerous?: boolean
}

/** One thing to choose in a menu. */
export function MenuItem({ icon: Icon, text, onChoose, dangerous = false }: MenuItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      className="menu__item"
      data-dangerous={dangerous}
      onClick={onChoose}
    >
      <Icon size={16} strokeWidth={1.9} aria-hidden />
      {text}
    </button>
  )
}
