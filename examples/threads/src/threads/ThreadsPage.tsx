// The organization's threads, and beside them what happened lately.
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { ActivityFeed } from '../activity/ActivityFeed.tsx'
import { useMe } from '../app/me.tsx'
import { useOrganization } from '../app/organizationContext.tsx'
import { useTitle } from '../app/useTitle.ts'
import { useStore } from '../theme/useStore.ts'
import { NewThreadDialog } from './NewThreadDialog.tsx'
import { SearchField } from './SearchField.tsx'
import { StatusFilter } from './StatusFilter.tsx'
import { countByStatus, type StatusChoice } from './selectThreads.ts'
import { ThreadList } from './ThreadList.tsx'
import './threadsPage.css'

/** The list of threads. */
export function ThreadsPage() {
  const live = useOrganization()
  const threads = useStore(live.threads)
  const activity = useStore(live.activity)
  const { organization } = useMe()
  const [status, setStatus] = useState<StatusChoice>('all')
  const [search, setSearch] = useState('')
  const [isWriting, setWriting] = useState(false)
  useTitle('Threads')
  const counts = threads.status === 'ready' ? countByStatus(threads.value) : undefined
  const showAll = () => {
    setStatus('all')
    setSearch('')
  }
  return (
    <div className="threads-page">
      <section className="threads-page__list" aria-labelledby="threads-heading">
        <header className="threads-page__head">
          <div>
            <h1 id="threads-heading">Threads</h1>
            <p className="threads-page__lead">What {organization.name} is thinking about.</p>
          </div>
          <button type="button" className="button button--primary" onClick={() => setWriting(true)}>
            <Plus size={16} aria-hidden />
            New thread
          </button>
        </header>
        <div className="threads-page__tools">
          <StatusFilter chosen={status} counts={counts} onChoose={setStatus} />
          <SearchField value={search} onChange={setSearch} />
        </div>
        <ThreadList
          threads={threads}
          status={status}
          search={search}
          onShowAll={showAll}
          onReload={live.reload}
          onWrite={() => setWriting(true)}
        />
      </section>
      <aside className="threads-page__aside" aria-labelledby="activity-heading">
        <h2 id="activity-heading" className="section-heading">
          Activity
        </h2>
        <ActivityFeed activity={activity} />
      </aside>
      {isWriting && <NewThreadDialog onClose={() => setWriting(false)} />}
    </div>
  )
}
