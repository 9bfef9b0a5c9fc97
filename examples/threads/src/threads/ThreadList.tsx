// The threads, or why there are none.
import { CloudOff, MessagesSquare, SearchX } from 'lucide-react'
import type { Thread } from '../../shared/api.ts'
import type { Loaded } from '../data/organizationLive.ts'
import { EmptyState } from '../theme/EmptyState.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { type StatusChoice, selectThreads } from './selectThreads.ts'
import { ThreadRow } from './ThreadRow.tsx'

/** What the list needs. */
export interface ThreadListProps {
  readonly threads: Loaded<readonly Thread[]>
  readonly status: StatusChoice
  readonly search: string
  readonly onShowAll: () => void
  readonly onReload: () => void
  readonly onWrite: () => void
}

/** The threads that are chosen. */
export function ThreadList({ threads, status, search, onShowAll, onReload, onWrite }: ThreadListProps) {
  if (threads.status === 'loading') return <SkeletonRows />
  if (threads.status === 'failed') {
    return (
      <EmptyState icon={CloudOff} title="The threads could not be loaded" text={threads.reason}>
        <button type="button" className="button" onClick={onReload}>
          Try again
        </button>
      </EmptyState>
    )
  }
  const selected = selectThreads(threads.value, status, search)
  return (
    <>
      <p className="visually-hidden" role="status">
        {selected.length === 1 ? '1 thread' : `${selected.length} threads`}
      </p>
      {selected.length > 0 && (
        <ul>
          {selected.map((thread) => (
            <ThreadRow key={thread.id} thread={thread} />
          ))}
        </ul>
      )}
      {selected.length === 0 && threads.value.length === 0 && (
        <EmptyState
          icon={MessagesSquare}
          title="No threads yet"
          text="A thread is a question, a plan or a problem that people think about together."
        >
          <button type="button" className="button button--primary" onClick={onWrite}>
            Start the first one
          </button>
        </EmptyState>
      )}
      {selected.length === 0 && threads.value.length > 0 && (
        <EmptyState icon={SearchX} title="Nothing found" text="No thread fits the search and the status.">
          <button type="button" className="button" onClick={onShowAll}>
            Show all threads
          </button>
        </EmptyState>
      )}
    </>
  )
}
