// Changes the text of a comment.
import { type FormEvent, type KeyboardEvent, useState } from 'react'
import './composer.css'
import { isSendKey, MAX_COMMENT } from './commentField.ts'

/** What the editor needs. */
export interface CommentEditorProps {
  readonly body: string
  readonly onSave: (body: string) => void
  readonly onCancel: () => void
}

/** Changes the text of a comment; Esc gives the change up. */
export function CommentEditor({ body, onSave, onCancel }: CommentEditorProps) {
  const [text, setText] = useState(body)
  const isReady = text.trim() !== ''
  const save = (event?: FormEvent) => {
    event?.preventDefault()
    if (isReady) onSave(text.trim())
  }
  const pressed = (event: KeyboardEvent) => {
    if (isSendKey(event)) save()
    else if (event.key === 'Escape') onCancel()
  }
  return (
    <form className="composer" onSubmit={save}>
      <textarea
        className="composer__field"
        aria-label="Comment"
        rows={2}
        maxLength={MAX_COMMENT}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={pressed}
        onFocus={({ target }) => target.setSelectionRange(text.length, text.length)}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to edit it
        autoFocus
      />
      <div className="composer__foot">
        <button type="button" className="button button--small button--quiet" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button button--small button--primary" disabled={!isReady}>
          Save
        </button>
      </div>
    </form>
  )
}
