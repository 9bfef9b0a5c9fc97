// A conversation's name, who may write and invite in it, and whether it is archived.
import { type Conversation, type Role, useConversation } from '@nowcast/react'
import { Archive, ArchiveRestore } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'
import { rightsIn } from './rights.ts'
import './settingsDialog.css'

const MAX_NAME = 80
const WHO: readonly { readonly role: Role; readonly text: string }[] = [
  { role: 'member', text: 'Everybody in it' },
  { role: 'admin', text: 'Owner and admins' },
  { role: 'owner', text: 'Only the owner' },
]

/** What the dialog needs. */
export type SettingsDialogProps = { readonly info: Conversation; readonly onClose: () => void }

/** A conversation's settings. */
export function SettingsDialog({ info, onClose }: SettingsDialogProps) {
  const { update, archive } = useConversation(info.id)
  const [name, setName] = useState(info.name)
  const [permissions, setPermissions] = useState(info.permissions)
  const { state, run } = useAction()
  const rights = rightsIn(info)
  const archived = info.archivedAt !== undefined
  const ready = name.trim() !== '' && state.status !== 'running'
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (ready && (await run(() => update({ name: name.trim(), permissions })))) onClose()
  }
  const toggleArchive = async () => {
    if (await run(() => archive(!archived))) onClose()
  }
  return (
    <Dialog title="Conversation settings" onClose={onClose}>
      <form className="dialog__body" onSubmit={submit}>
        {rights.manage && (
          <>
            <label className="field">
              <span className="field__label">Name</span>
              <input
                className="input"
                value={name}
                onChange={(event) => setName(event.target.value)}
                maxLength={MAX_NAME}
                autoComplete="off"
                data-first-focus
              />
            </label>
            <Least
              label="Who may write"
              value={permissions.post}
              onChange={(post) => setPermissions({ ...permissions, post })}
            />
            <Least
              label="Who may invite"
              value={permissions.invite}
              onChange={(invite) => setPermissions({ ...permissions, invite })}
            />
          </>
        )}
        {rights.own && (
          <div className="settings__archive">
            <p>
              {archived
                ? 'It is archived: everybody can read it, nobody can write.'
                : 'An archived conversation can be read, but nobody writes or joins any more.'}
            </p>
            <button
              type="button"
              className="button"
              disabled={state.status === 'running'}
              onClick={toggleArchive}
            >
              {archived ? <ArchiveRestore size={15} aria-hidden /> : <Archive size={15} aria-hidden />}
              {archived ? 'Take out of the archive' : 'Archive'}
            </button>
          </div>
        )}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" onClick={onClose}>
            {rights.manage ? 'Cancel' : 'Close'}
          </button>
          {rights.manage && (
            <button type="submit" className="button button--primary" disabled={!ready}>
              Save
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

type LeastProps = {
  readonly label: string
  readonly value: Role
  readonly onChange: (role: Role) => void
}

function Least({ label, value, onChange }: LeastProps) {
  const id = useId()
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={(event) => onChange(WHO.find(({ role }) => role === event.target.value)?.role ?? value)}
      >
        {WHO.map(({ role, text }) => (
          <option key={role} value={role}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
