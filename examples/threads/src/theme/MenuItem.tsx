// One thing to choose in a menu.
import { Check, type LucideIcon } from 'lucide-react'
import './menu.css'

/** What an item needs. */
export interface MenuItemProps {
  readonly icon: LucideIcon
  readonly text: string
  readonly onChoose: () => void
  readonly dangerous?: boolean
  /** Set where one of several is in force. */
  readonly chosen?: boolean
}

/** One thing to choose in a menu. */
export function MenuItem({ icon: Icon, text, onChoose, dangerous = false, chosen }: MenuItemProps) {
  const content = (
    <>
      <Icon size={16} strokeWidth={1.9} aria-hidden />
      <span className="menu__text">{text}</span>
      {chosen && <Check size={15} aria-hidden />}
    </>
  )
  const shared = {
    type: 'button',
    className: 'menu__item',
    'data-dangerous': dangerous,
    onClick: onChoose,
  } as const
  return chosen === undefined ? (
    <button {...shared} role="menuitem">
      {content}
    </button>
  ) : (
    <button {...shared} role="menuitemradio" aria-checked={chosen}>
      {content}
    </button>
  )
}
