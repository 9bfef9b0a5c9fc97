// The right side when no conversation is open.
import { CloudAlert, MessagesSquare } from 'lucide-react'
import { useOpenDialog } from '../app/dialogs.ts'
import { EmptyState } from '../theme/EmptyState.tsx'
import { SkeletonMessages } from '../theme/Skeleton.tsx'

/** The right side when no conversation is open. `status` is that of the list. */
export function NothingOpen({ status }: { readonly status: 'loading' | 'ready' | 'error' }) {
  return (
    <main className="pane" aria-busy={status === 'loading'}>
      {status === 'loading' && <SkeletonMessages />}
      {status === 'ready' && <NoConversations />}
      {status === 'error' && (
        <EmptyState
          icon={CloudAlert}
          title="Your conversations could not be loaded"
          text="They appear here as soon as the server answers."
        />
      )}
    </main>
  )
}

function NoConversations() {
  const openDialog = useOpenDialog()
  return (
    <EmptyState
      icon={MessagesSquare}
      title="No conversations yet"
      text="Start one of your own, or look around for one that is open to everybody."
    >
      <button type="button" className="button button--primary" onClick={() => openDialog({ kind: 'create' })}>
        Start a conversation
      </button>
      <button type="button" className="button" onClick={() => openDialog({ kind: 'browse' })}>
        Look around
      </button>
    </EmptyState>
  )
}
