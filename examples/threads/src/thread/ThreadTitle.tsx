// The title, which everybody may change where it stands.
import { Pencil } from 'lucide-react'
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react'
import type { Thread } from '../../shared/api.ts'
import './threadTitle.css'

const MAX_TITLE = 200

/** What the title needs. */
export interface ThreadTitleProps {
  /** As it is shown. */
  readonly thread: Thread
  /** As the backend has it: what an edit begins from. */
  readonly known: Thread
  readonly onChange: (base: Thread, title: string) => void
}

interface Draft {
  /** The thread when the edit began. */
  readonly base: Thread
  readonly title: string
}

/** The title. Enter and leaving the field save it, Esc gives the change up. */
export function ThreadTitle({ thread, known, onChange }: ThreadTitleProps) {
  const [draft, setDraft] = useState<Draft>()
  const button = useRef<HTMLButtonElement>(null)
  const returnsFocus = useRef(false)

  useLayoutEffect(() => {
    if (draft !== undefined || !returnsFocus.current) return
    returnsFocus.current = false
    button.current?.focus()
  }, [draft])

  if (draft === undefined) {
    return (
      <div className="thread-title">
        <h1 id="thread-title" className="thread-title__text">
          {thread.title}
        </h1>{' '}
        <button
          ref={button}
          type="button"
          className="icon-button icon-button--small thread-title__edit"
          aria-label="Edit the title"
          title="Edit the title"
          onClick={() => setDraft({ base: known, title: thread.title })}
        >
          <Pencil size={16} aria-hidden />
        </button>
      </div>
    )
  }

  const finish = (isSaved: boolean) => {
    const title = draft.title.trim()
    setDraft(undefined)
    if (isSaved && title !== '' && title !== draft.base.title) onChange(draft.base, title)
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.preventDefault()
    returnsFocus.current = true
    finish(event.key === 'Enter')
  }
  const isOvertaken = known.title !== draft.base.title
  return (
    <div className="thread-title">
      <h1 id="thread-title" className="visually-hidden">
        {thread.title}
      </h1>
      <textarea
        className="thread-title__field"
        aria-label="Title"
        aria-describedby={isOvertaken ? 'title-overtaken' : undefined}
        rows={1}
        maxLength={MAX_TITLE}
        value={draft.title}
        onChange={(event) => setDraft({ ...draft, title: event.target.value.replace(/\n/g, ' ') })}
        onKeyDown={pressed}
        onBlur={() => finish(true)}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to edit it
        autoFocus
      />
      {isOvertaken && (
        <p id="title-overtaken" className="thread-title__overtaken" role="status">
          Meanwhile it was changed to “{known.title}”.
        </p>
      )}
    </div>
  )
}
