// Starts a thread.
import { type FormEvent, useRef, useState } from 'react'
import { useOrganization } from '../app/organizationContext.tsx'
import { navigate, threadAddress } from '../app/route.ts'
import { newId } from '../data/newId.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'

const MAX_TITLE = 200
const MAX_DESCRIPTION = 5_000

/** Asks for a title and a first description. */
export function NewThreadDialog({ onClose }: { readonly onClose: () => void }) {
  const live = useOrganization()
  const [title, setTitle] = useState('')
  const [description, setDescription] = useState('')
  const { state, run } = useAction()
  // One id for all attempts: however often it is sent, it is one thread.
  const id = useRef(newId())
  const isReady = title.trim() !== '' && state.status !== 'running'
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!isReady) return
    const isMade = await run(() => live.create(id.current, title.trim(), description.trim()))
    if (!isMade) return
    onClose()
    navigate(threadAddress(id.current))
  }
  return (
    <Dialog title="New thread" onClose={onClose}>
      <form className="dialog__body" onSubmit={submit}>
        <label className="field">
          <span className="field__label">Title</span>
          <input
            className="input"
            required
            maxLength={MAX_TITLE}
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            placeholder="What is it about?"
            data-first-focus
          />
        </label>
        <label className="field">
          <span className="field__label">Description</span>
          <textarea
            className="input"
            rows={5}
            maxLength={MAX_DESCRIPTION}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
            placeholder="What should others know? All can edit it later."
          />
        </label>
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button--primary" disabled={!isReady}>
            {state.status === 'running' ? 'Starting…' : 'Start thread'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
