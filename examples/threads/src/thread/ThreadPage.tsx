// One thread: what is known of it, or why it can't be shown.
import { CloudOff, FileQuestion, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePeople } from '../app/me.tsx'
import { useOrganization } from '../app/organizationContext.tsx'
import { LIST_ADDRESS } from '../app/route.ts'
import { useTitle } from '../app/useTitle.ts'
import type { ThreadView } from '../data/threadLive.ts'
import { EmptyState } from '../theme/EmptyState.tsx'
import { useStore } from '../theme/useStore.ts'
import { ThreadContent } from './ThreadContent.tsx'
import { ThreadSkeleton } from './ThreadSkeleton.tsx'
import './threadPage.css'
import { type OpenThread, useThreadLive } from './useThreadLive.ts'

/** The page of a thread. */
export function ThreadPage({ id }: { readonly id: string }) {
  const open = useThreadLive(id)
  return open === undefined ? <ThreadSkeleton /> : <Followed open={open} />
}

function Followed({ open }: { readonly open: OpenThread }) {
  const view = useStore(open.live.view)
  useTitle(view.status === 'ready' ? view.state.thread.title : '')
  switch (view.status) {
    case 'loading':
      return <ThreadSkeleton />
    case 'ready':
      return <ThreadContent open={open} state={view.state} />
    case 'failed':
      return (
        <EmptyState icon={CloudOff} title="The thread could not be loaded" text={view.reason}>
          <button type="button" className="button" onClick={open.live.reload}>
            Try again
          </button>
        </EmptyState>
      )
    case 'missing':
      return (
        <EmptyState
          icon={FileQuestion}
          title="There is no such thread"
          text="It was deleted, or it belongs to another organization."
        >
          <BackToList />
        </EmptyState>
      )
    case 'deleted':
      return <Deleted id={open.live.id} view={view} />
  }
}

interface DeletedProps {
  readonly id: string
  readonly view: ThreadView & { readonly status: 'deleted' }
}

function Deleted({ id, view: { by, title } }: DeletedProps) {
  const personOf = usePeople()
  const activity = useStore(useOrganization().activity)
  // After an absence the feed knows who did it.
  const line =
    activity.status === 'ready'
      ? activity.value.find(({ kind, thread }) => kind === 'thread:deleted' && thread === id)
      : undefined
  const actor = by ?? line?.actor
  const who = actor === undefined ? 'Somebody' : personOf(actor).name
  return (
    <div role="alert">
      <EmptyState
        icon={Trash2}
        title="This thread was deleted"
        text={`${who} deleted ${title === '' ? 'it' : `“${title}”`} with its comments and connected items.`}
      >
        <BackToList />
      </EmptyState>
    </div>
  )
}

function BackToList(): ReactNode {
  return (
    <a className="button" href={LIST_ADDRESS}>
      All threads
    </a>
  )
}
