// What one says of oneself: a line that everybody sees, kept until it is changed.
import { useNowcast, usePerson } from '@nowcast/react'
import { type FormEvent, useState } from 'react'
import { useMe } from '../signIn/me.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'
import './statusDialog.css'

const MAX_TEXT = 100
const SUGGESTIONS = ['In a meeting', 'Focusing', 'Out for lunch', 'On holiday'] as const

/** What one says of oneself. */
export function StatusDialog({ onClose }: { readonly onClose: () => void }) {
  const { people } = useNowcast()
  const said = usePerson(useMe().id)?.text ?? ''
  const [typed, setTyped] = useState<string>()
  const { state, run } = useAction()
  const text = typed ?? said
  const say = async (next: string) => {
    if (await run(() => people.setStatus(next.trim() === '' ? null : next.trim()))) onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void say(text)
  }
  return (
    <Dialog title="Your status" onClose={onClose}>
      <form className="dialog__body" onSubmit={submit}>
        <label className="field">
          <span className="field__label">What are you up to?</span>
          <input
            className="input"
            value={text}
            onChange={(event) => setTyped(event.target.value)}
            maxLength={MAX_TEXT}
            placeholder="In Lisbon until Friday"
            autoComplete="off"
            data-first-focus
          />
        </label>
        <div className="status__suggestions">
          {SUGGESTIONS.map((suggestion) => (
            <button
              key={suggestion}
              type="button"
              className="chip chip--quiet"
              onClick={() => setTyped(suggestion)}
            >
              <span className="chip__name">{suggestion}</span>
            </button>
          ))}
        </div>
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button
            type="button"
            className="button"
            disabled={said === '' || state.status === 'running'}
            onClick={() => say('')}
          >
            Clear
          </button>
          <button type="submit" className="button button--primary" disabled={state.status === 'running'}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  )
}
