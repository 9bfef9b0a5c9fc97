// Starts a conversation: its name, who may come in, and for a closed one who is in it.

import { useConversations } from '@nowcast/react'
import { Globe, Lock } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { navigate } from '../app/route.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'
import './createDialog.css'
import { PeoplePicker } from './PeoplePicker.tsx'

const MAX_NAME = 80

const KINDS = [
  { kind: 'open', icon: Globe, title: 'Open', text: 'Anybody can find and join it.' },
  { kind: 'closed', icon: Lock, title: 'Closed', text: 'Only the people you name.' },
] as const

/** Starts a conversation and opens it. */
export function CreateDialog({ onClose }: { readonly onClose: () => void }) {
  const conversations = useConversations()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<'open' | 'closed'>('open')
  const [members, setMembers] = useState<readonly string[]>([])
  const { state, run } = useAction()
  const ready = name.trim() !== '' && state.status !== 'running'

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    const done = await run(async () => {
      const wanted = { name: name.trim(), kind, ...(kind === 'closed' && { members }) }
      navigate((await conversations.create(wanted)).id)
    })
    if (done) onClose()
  }

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form className="dialog__body" onSubmit={submit}>
        <label className="field">
          <span className="field__label">Name</span>
          <input
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={MAX_NAME}
            placeholder="Weekend plans"
            autoComplete="off"
            data-first-focus
          />
        </label>
        <fieldset className="kinds">
          <legend className="field__label">Who can join</legend>
          {KINDS.map(({ kind: value, icon: Icon, title, text }) => (
            <label key={value} className="kind">
              <input
                type="radio"
                name="kind"
                value={value}
                checked={kind === value}
                onChange={() => setKind(value)}
              />
              <Icon size={17} aria-hidden />
              <span>
                <span className="kind__title">{title}</span>
                <span className="kind__text">{text}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {kind === 'closed' && <PeoplePicker label="People" chosen={members} onChange={setMembers} />}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button--primary" disabled={!ready}>
            Create
          </button>
        </div>
      </form>
    </Dialog>
  )
}
