// Changes one's own message in place: Enter saves, Esc leaves it as it was.

import type { ChatMessage } from '@nowcast/react'
import { type KeyboardEvent, useState } from 'react'
import { AutosizeTextarea } from '../composer/AutosizeTextarea.tsx'
import { ByteCount } from '../composer/ByteCount.tsx'
import { byteLength, MAX_BODY_BYTES } from '../composer/byteLength.ts'
import { Problem } from '../theme/Problem.tsx'
import { useAction } from '../theme/useAction.ts'

/** What the editor needs. */
export type MessageEditorProps = {
  readonly message: ChatMessage
  readonly onSave: (message: ChatMessage, body: string) => Promise<unknown>
  readonly onClose: () => void
}

/** Changes one's own message in place. */
export function MessageEditor({ message, onSave, onClose }: MessageEditorProps) {
  const [body, setBody] = useState(message.body)
  const { state, run } = useAction()
  const bytes = byteLength(body)
  const ready = body.trim() !== '' && bytes <= MAX_BODY_BYTES && state.status !== 'running'

  const save = async () => {
    if (!ready) return
    if (body === message.body || (await run(() => onSave(message, body)))) onClose()
  }
  const keys = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      event.preventDefault()
      onClose()
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void save()
    }
  }

  return (
    <div className="editor">
      <AutosizeTextarea
        className="editor__text"
        aria-label="Edit message"
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={keys}
        autoFocus
        onFocus={(event) => event.target.setSelectionRange(body.length, body.length)}
      />
      {state.status === 'failed' && <Problem reason={state.reason} />}
      <div className="editor__actions">
        <ByteCount bytes={bytes} />
        <button type="button" className="button button--small button--quiet" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="button button--small button--primary"
          disabled={!ready}
          onClick={save}
        >
          Save
        </button>
      </div>
    </div>
  )
}
