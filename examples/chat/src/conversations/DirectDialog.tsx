// Writes to one person: somebody met before, or anybody by name or user id.

import { useConversations } from '@nowcast/react'
import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { navigate } from '../app/route.ts'
import { useOthers } from '../people/usePersons.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'
import './directDialog.css'
import { moveFocus } from './moveFocus.ts'
import { matching, userIdOf } from './userIdOf.ts'

const MAX_SUGGESTIONS = 6

/** Writes to one person. */
export function DirectDialog({ onClose }: { readonly onClose: () => void }) {
  const conversations = useConversations()
  const others = useOthers()
  const [text, setText] = useState('')
  const { state, run } = useAction()
  const user = userIdOf(text, others)
  const suggestions = matching(text, others).slice(0, MAX_SUGGESTIONS)
  const ready = user !== undefined && state.status !== 'running'

  const open = async (id: string) => {
    if (await run(async () => navigate((await conversations.direct(id)).id))) onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) void open(user)
  }
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') moveFocus(event, 'input, .direct__person')
  }

  return (
    <Dialog title="New direct message" onClose={onClose}>
      <form className="dialog__body" onSubmit={submit} onKeyDown={keys}>
        <label className="field">
          <span className="field__label">To</span>
          <input
            className="input"
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder="Name or user id, e.g. grace-hopper"
            autoComplete="off"
            spellCheck={false}
            data-first-focus
          />
        </label>
        {suggestions.length > 0 && (
          <ul className="direct__people" aria-label="People you have met">
            {suggestions.map(({ id, name, avatar }) => (
              <li key={id}>
                <button type="button" className="direct__person" onClick={() => open(id)}>
                  <Avatar id={id} name={name} picture={avatar} />
                  <span className="direct__name">{name}</span>
                  <span className="direct__id">{id}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button--primary" disabled={!ready}>
            Start writing
          </button>
        </div>
      </form>
    </Dialog>
  )
}
