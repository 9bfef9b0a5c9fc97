// Brings people into a conversation.
import { useConversation } from '@nowcast/react'
import { type FormEvent, useState } from 'react'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'
import { PeoplePicker } from './PeoplePicker.tsx'

/** What the dialog needs. */
export type InviteDialogProps = {
  readonly id: string
  readonly title: string
  readonly onClose: () => void
}

/** Brings people into a conversation. */
export function InviteDialog({ id, title, onClose }: InviteDialogProps) {
  const { invite } = useConversation(id)
  const [people, setPeople] = useState<readonly string[]>([])
  const { state, run } = useAction()
  const ready = people.length > 0 && state.status !== 'running'
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (ready && (await run(() => invite(people)))) onClose()
  }
  return (
    <Dialog title={`Invite to ${title}`} onClose={onClose}>
      <form className="dialog__body" onSubmit={submit}>
        <PeoplePicker label="People" chosen={people} onChange={setPeople} />
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button--primary" disabled={!ready}>
            Invite
          </button>
        </div>
      </form>
    </Dialog>
  )
}
