// Who somebody is: how they are, what they say of themselves, and the way to write to them.
import { useConversations, usePerson } from '@nowcast/react'
import { MessageCircle } from 'lucide-react'
import { navigate } from '../app/route.ts'
import { useNow } from '../app/useNow.ts'
import { useMe } from '../signIn/me.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'
import { PersonAvatar } from './PersonAvatar.tsx'
import './personDialog.css'
import { presenceText } from './presenceText.ts'
import { usePersons } from './usePersons.ts'

const MINUTE_MS = 60_000

/** Who somebody is. */
export function PersonDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const me = useMe()
  const person = usePersons()(id)
  const status = usePerson(id)
  const now = useNow(MINUTE_MS)
  const conversations = useConversations()
  const { state, run } = useAction()
  const write = async () => {
    if (await run(async () => navigate((await conversations.direct(id)).id))) onClose()
  }
  return (
    <Dialog title={person.name} onClose={onClose}>
      <div className="dialog__body person">
        <div className="person__card">
          <PersonAvatar id={id} name={person.name} picture={person.avatar} size="large" />
          <div>
            <p className="person__status">{presenceText(status, now) || '…'}</p>
            <p className="person__id">{id}</p>
          </div>
        </div>
        {status?.text !== undefined && <p className="person__text">{status.text}</p>}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        {id !== me.id && (
          <div className="dialog__actions">
            <button
              type="button"
              className="button button--primary"
              data-first-focus
              disabled={state.status === 'running'}
              onClick={write}
            >
              <MessageCircle size={15} aria-hidden />
              Message {person.name.split(' ')[0]}
            </button>
          </div>
        )}
      </div>
    </Dialog>
  )
}
