// A small panel beside what it belongs to, on the native popover: Esc and a click elsewhere close it, and the focus
// returns to where it was. On a phone it stands at the bottom.
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import './popover.css'

/** Pixels between the panel, what it belongs to, and the edge of the window. */
const GAP_PX = 6

/** What a popover needs. It is open as long as it is mounted. */
export type PopoverProps = {
  /** What it belongs to. */
  readonly anchor: Element
  /** Its name for those who listen. */
  readonly label: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly className?: string
}

/** A small panel, open as long as it is mounted. The element with `data-first-focus` gets the focus. */
export function Popover({ anchor, label, onClose, children, className = '' }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    const panel = element.current
    if (panel === null) return
    panel.showPopover()
    panel.querySelector<HTMLElement>('[data-first-focus]')?.focus()
    const placed = () => place(panel, anchor)
    placed()
    const observer = new ResizeObserver(placed)
    observer.observe(panel)
    addEventListener('resize', placed)
    // It stays in view while its panel is open.
    anchor.setAttribute('data-open', '')
    return () => {
      anchor.removeAttribute('data-open')
      observer.disconnect()
      removeEventListener('resize', placed)
      if (panel.matches(':popover-open')) panel.hidePopover()
    }
  }, [anchor])

  return (
    <div
      ref={element}
      popover="auto"
      role="dialog"
      aria-label={label}
      className={`popover ${className}`}
      // The event comes after the fact: what was opened again meanwhile stays.
      onToggle={() => element.current?.matches(':popover-open') === false && onClose()}
      // What is open behind it stays when Esc closes it.
      onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()}
    >
      {children}
    </div>
  )
}

// Below what it belongs to, or above where there is more room, beginning or ending where that does; never beyond the window.
function place(panel: HTMLElement, anchor: Element): void {
  const { top, bottom, left, right } = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = panel
  const below = bottom + GAP_PX
  const fits = below + height <= innerHeight - GAP_PX || top < innerHeight - bottom
  const at = fits ? below : top - GAP_PX - height
  const start = left + width <= innerWidth - GAP_PX ? left : right - width
  panel.style.left = `${clamp(start, innerWidth - width)}px`
  panel.style.top = `${clamp(at, innerHeight - height)}px`
}

const clamp = (value: number, most: number): number => Math.max(GAP_PX, Math.min(value, most - GAP_PX))
