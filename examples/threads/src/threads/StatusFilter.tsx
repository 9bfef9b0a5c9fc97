// Chooses which threads are shown, by status.

import type { StatusChoice } from './selectThreads.ts'
import { STATUSES } from './statuses.ts'
import './statusFilter.css'

const CHOICES: readonly { readonly status: StatusChoice; readonly label: string }[] = [
  { status: 'all', label: 'All' },
  ...STATUSES,
]

/** What the filter needs. */
export interface StatusFilterProps {
  readonly chosen: StatusChoice
  /** Undefined while they are unknown. */
  readonly counts: Readonly<Record<StatusChoice, number>> | undefined
  readonly onChoose: (status: StatusChoice) => void
}

/** Chooses a status. */
export function StatusFilter({ chosen, counts, onChoose }: StatusFilterProps) {
  return (
    <fieldset className="status-filter">
      <legend className="visually-hidden">Show threads with the status</legend>
      {CHOICES.map(({ status, label }) => (
        <label key={status} className="status-filter__choice">
          <input
            type="radio"
            name="status"
            className="visually-hidden"
            checked={status === chosen}
            onChange={() => onChoose(status)}
          />
          {label}
          <span className="status-filter__count">{counts?.[status] ?? '–'}</span>
        </label>
      ))}
    </fieldset>
  )
}
