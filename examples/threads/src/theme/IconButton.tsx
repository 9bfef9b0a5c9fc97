// A button that shows an icon and speaks its label.
import type { LucideIcon } from 'lucide-react'

/** What an icon button needs. */
export type IconButtonProps = {
  readonly icon: LucideIcon
  /** Read by screen readers and shown as a tooltip. */
  readonly label: string
  readonly onClick: () => void
  readonly small?: boolean
  /** Set for a toggle. */
  readonly pressed?: boolean
  readonly className?: string
}

/** A button that shows an icon and speaks its label. */
export function IconButton({ icon: Icon, label, onClick, small, pressed, className }: IconButtonProps) {
  const classes = ['icon-button', small ? 'icon-button--small' : '', className ?? '']
    .filter(Boolean)
    .join(' ')
  return (
    <button
      type="button"
      className={classes}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      onClick={onClick}
    >
      <Icon size={small ? 16 : 18} strokeWidth={1.9} aria-hidden />
    </button>
  )
}
