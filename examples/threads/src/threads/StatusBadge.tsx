// A thread's status in a word and a colour.
import type { ThreadStatus } from '../../shared/api.ts'
import './statusBadge.css'
import { statusInfo } from './statuses.ts'

/** A thread's status. */
export function StatusBadge({ status }: { readonly status: ThreadStatus }) {
  const { icon: Icon, label } = statusInfo(status)
  return (
    <span className="status" data-status={status}>
      <Icon size={14} strokeWidth={2} aria-hidden />
      {label}
    </span>
  )
}
