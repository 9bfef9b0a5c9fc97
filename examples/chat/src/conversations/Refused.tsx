// A conversation that may not be seen: say why, and offer the ways on.

import { useConversations } from '@nowcast/react'
import { ShieldX } from 'lucide-react'
import { navigate } from '../app/route.ts'
import { EmptyState } from '../theme/EmptyState.tsx'
import { useAction } from '../theme/useAction.ts'

/** A conversation that may not be seen. `reason` is the server's sentence. */
export function Refused({ id, reason }: { readonly id: string; readonly reason: string | undefined }) {
  const { join } = useConversations()
  const { state, run } = useAction()
  return (
    <main className="pane">
      <EmptyState
        icon={ShieldX}
        title="This conversation is not yours to see"
        text={
          state.status === 'failed'
            ? state.reason
            : (reason ?? 'It may be closed, or it may be gone. If it is open to everybody, you can join it.')
        }
      >
        <button
          type="button"
          className="button button--primary"
          disabled={state.status === 'running'}
          onClick={() => run(() => join(id))}
        >
          Ask to join
        </button>
        <button type="button" className="button" onClick={() => navigate(undefined)}>
          Back to my conversations
        </button>
      </EmptyState>
    </main>
  )
}
