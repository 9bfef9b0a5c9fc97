// The conversations that are open to everybody and not yet joined.
import { type Conversation, useNowcast } from '@nowcast/react'
import { Compass } from 'lucide-react'
import { useEffect, useState } from 'react'
import { navigate } from '../app/route.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { EmptyState } from '../theme/EmptyState.tsx'
import { reasonOf } from '../theme/errors.ts'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { useAction } from '../theme/useAction.ts'
import { ConversationTile } from './ConversationTile.tsx'
import { memberCount } from './describe.ts'
import './browseDialog.css'

type Offer =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly conversations: readonly Conversation[] }
  | { readonly status: 'error'; readonly reason: string }

/** The conversations that are open to everybody and not yet joined. */
export function BrowseDialog({ onClose }: { readonly onClose: () => void }) {
  const { conversations } = useNowcast()
  const offer = useOffer()
  const { state, run } = useAction()
  const join = async (id: string) => {
    if (!(await run(() => conversations.join(id)))) return
    navigate(id)
    onClose()
  }
  return (
    <Dialog title="Browse conversations" onClose={onClose}>
      <div className="dialog__body browse" aria-busy={offer.status === 'loading'}>
        {state.status === 'failed' && <Problem reason={state.reason} />}
        {offer.status === 'loading' && <SkeletonRows rows={4} />}
        {offer.status === 'error' && <Problem reason={offer.reason} />}
        {offer.status === 'ready' && offer.conversations.length === 0 && (
          <EmptyState
            icon={Compass}
            title="You are in all of them"
            text="When somebody opens a new conversation to everybody, you will find it here."
          />
        )}
        {offer.status === 'ready' && offer.conversations.length > 0 && (
          <ul className="browse__list">
            {offer.conversations.map((conversation) => (
              <li key={conversation.id} className="browse__row">
                <ConversationTile conversation={conversation} name={conversation.name} />
                <span className="browse__text">
                  <span className="browse__name">{conversation.name}</span>
                  <span className="browse__count">{memberCount(conversation.memberCount)}</span>
                </span>
                <button
                  type="button"
                  className="button button--small"
                  aria-label={`Join ${conversation.name}`}
                  disabled={state.status === 'running'}
                  onClick={() => join(conversation.id)}
                >
                  Join
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  )
}

function useOffer(): Offer {
  const nowcast = useNowcast()
  const [offer, setOffer] = useState<Offer>({ status: 'loading' })
  useEffect(() => {
    let stale = false
    nowcast.conversations.open().then(
      (conversations) => {
        if (!stale) setOffer({ status: 'ready', conversations })
      },
      (error: unknown) => {
        if (!stale) setOffer({ status: 'error', reason: reasonOf(error) })
      },
    )
    return () => {
      stale = true
    }
  }, [nowcast])
  return offer
}
