// Connects the thread with something.
import { type FormEvent, useState } from 'react'
import type { ItemKind } from '../../shared/api.ts'
import type { ItemDraft } from '../data/itemActions.ts'

const KINDS: readonly { readonly kind: ItemKind; readonly label: string }[] = [
  { kind: 'link', label: 'Link' },
  { kind: 'task', label: 'Task' },
  { kind: 'file', label: 'File' },
]
const MAX_TITLE = 200
const MAX_URL = 2_000

/** What the form needs. */
export interface AddItemFormProps {
  readonly onAdd: (draft: ItemDraft) => void
  readonly onCancel: () => void
}

/** Asks what to connect. */
export function AddItemForm({ onAdd, onCancel }: AddItemFormProps) {
  const [kind, setKind] = useState<ItemKind>('link')
  const [title, setTitle] = useState('')
  const [url, setUrl] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const isReady = title.trim() !== ''
    if (isReady) onAdd({ kind, title: title.trim(), url: url.trim() })
  }
  return (
    <form
      className="add-item"
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
      aria-label="Connect something"
    >
      <label className="field">
        <span className="field__label">Kind</span>
        <select
          className="input"
          value={kind}
          onChange={({ target }) => {
            const chosen = KINDS.find((choice) => choice.kind === target.value)
            if (chosen !== undefined) setKind(chosen.kind)
          }}
        >
          {KINDS.map((choice) => (
            <option key={choice.kind} value={choice.kind}>
              {choice.label}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span className="field__label">Title</span>
        <input
          className="input"
          required
          maxLength={MAX_TITLE}
          value={title}
          onChange={({ target }) => setTitle(target.value)}
          // biome-ignore lint/a11y/noAutofocus: the person has just asked to add something
          autoFocus
        />
      </label>
      <label className="field">
        <span className="field__label">Address{kind === 'task' && ' (if there is one)'}</span>
        <input
          className="input"
          type="url"
          required={kind !== 'task'}
          pattern="https?://.+"
          title="An address that begins with https:// or http://"
          maxLength={MAX_URL}
          placeholder="https://"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
        />
      </label>
      <div className="add-item__actions">
        <button type="button" className="button button--small button--quiet" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button button--small button--primary">
          Connect
        </button>
      </div>
    </form>
  )
}
