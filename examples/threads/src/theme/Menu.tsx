// Things to choose from, beside the button that opens them: arrow keys go through them.
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react'
import { Popover } from './Popover.tsx'

/** What a menu needs. It is open as long as it is mounted. */
export interface MenuProps {
  readonly anchor: Element
  /** Its name for those who listen. */
  readonly label: string
  readonly onClose: () => void
  /** Items, and what stands between them. */
  readonly children: ReactNode
}

/** A menu, open as long as it is mounted; choosing closes it. */
export function Menu({ anchor, label, onClose, children }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => itemsOf(menu.current)[0]?.focus(), [])

  const move = (event: KeyboardEvent) => {
    const items = itemsOf(menu.current)
    const to = next(event.key, items.indexOf(elementOf(document.activeElement)), items.length)
    if (to === undefined) return
    event.preventDefault()
    items[to]?.focus()
  }
  return (
    <Popover anchor={anchor} label={label} onClose={onClose}>
      <div
        ref={menu}
        role="menu"
        aria-label={label}
        className="menu"
        tabIndex={-1}
        onKeyDown={move}
        onClick={onClose}
      >
        {children}
      </div>
    </Popover>
  )
}

const itemsOf = (menu: HTMLElement | null): HTMLElement[] => [
  ...(menu?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? []),
]

const elementOf = (element: Element | null): HTMLElement =>
  element instanceof HTMLElement ? element : document.body

function next(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count
    case 'ArrowUp':
      return (at - 1 + count) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}
