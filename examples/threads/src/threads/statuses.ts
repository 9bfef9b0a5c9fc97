// The statuses of a thread, as people call them.
import { Archive, CircleCheck, CircleDot, CircleDotDashed, type LucideIcon } from 'lucide-react'
import type { ThreadStatus } from '../../shared/api.ts'

/** A status with its name and sign. */
export interface StatusInfo {
  readonly status: ThreadStatus
  readonly label: string
  readonly icon: LucideIcon
}

const open: StatusInfo = { status: 'open', label: 'Open', icon: CircleDot }

/** All statuses, in the order of a thread's life. */
export const STATUSES: readonly StatusInfo[] = [
  open,
  { status: 'in-progress', label: 'In progress', icon: CircleDotDashed },
  { status: 'resolved', label: 'Resolved', icon: CircleCheck },
  { status: 'archived', label: 'Archived', icon: Archive },
]

/** Name and sign of a status. */
export const statusInfo = (status: string): StatusInfo =>
  STATUSES.find((info) => info.status === status) ?? open
