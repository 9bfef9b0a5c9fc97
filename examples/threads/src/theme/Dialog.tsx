// A modal dialog on the native element: Esc closes it, focus stays inside and returns to where it was.
import { X } from 'lucide-react'
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import './dialog.css'
import { IconButton } from './IconButton.tsx'

/** What a dialog needs. It is open as long as it is mounted. */
export type DialogProps = {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  /** `palette` stands near the top and shows no title bar. */
  readonly variant?: 'card' | 'palette'
}

/** A modal dialog, open as long as it is mounted. The element with `data-first-focus` gets the focus. */
export function Dialog({ title, onClose, children, variant = 'card' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>('[data-first-focus]')?.focus()
    return () => dialog?.close()
  }, [])

  // The event comes after the fact: a dialog that was opened again meanwhile stays.
  const closed = () => {
    if (element.current?.open !== true) onClose()
  }
  const clicked = (event: MouseEvent) => {
    if (event.target === element.current) element.current?.close()
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop is a convenience beside Esc, which is native
    <dialog
      ref={element}
      className={`dialog dialog--${variant}`}
      aria-labelledby={titleId}
      onClose={closed}
      onClick={clicked}
    >
      <div className="dialog__sheet">
        <header className={variant === 'palette' ? 'visually-hidden' : 'dialog__header'}>
          <h2 id={titleId}>{title}</h2>
          {variant === 'card' && (
            <IconButton icon={X} label="Close" small onClick={() => element.current?.close()} />
          )}
        </header>
        {children}
      </div>
    </dialog>
  )
}
