// What a place says when there is nothing to show: one icon, one line, one way on.
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import './emptyState.css'

/** What an empty state needs. */
export type EmptyStateProps = {
  readonly icon: LucideIcon
  readonly title: string
  readonly text: string
  /** The way on: buttons. */
  readonly children?: ReactNode
}

/** What a place says when there is nothing to show. */
export function EmptyState({ icon: Icon, title, text, children }: EmptyStateProps) {
  return (
    <div className="empty">
      <span className="empty__icon">
        <Icon size={22} strokeWidth={1.7} aria-hidden />
      </span>
      <h2>{title}</h2>
      <p>{text}</p>
      {children !== undefined && <div className="empty__actions">{children}</div>}
    </div>
  )
}
