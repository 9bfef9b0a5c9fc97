// Writes a comment; the others see that somebody types.
import { type FormEvent, type KeyboardEvent, type RefObject, useState } from 'react'
import { useMe } from '../app/me.tsx'
import { writeComment } from '../data/commentActions.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import type { Typing } from '../data/typing.ts'
import { Avatar } from '../theme/Avatar.tsx'
import './composer.css'
import { isSendKey, MAX_COMMENT } from './commentField.ts'
import { forgetDraft, keepDraft, keptDraft } from './drafts.ts'

/** What the composer needs. */
export interface CommentComposerProps {
  readonly live: ThreadLive
  readonly typing: Typing
  readonly field: RefObject<HTMLTextAreaElement | null>
}

/** A place to write a comment; what was begun is still there after a visit elsewhere. */
export function CommentComposer({ live, typing, field }: CommentComposerProps) {
  const { user } = useMe()
  const [text, setText] = useState(() => keptDraft(live.id))
  const isReady = text.trim() !== ''
  const write = (value: string) => {
    setText(value)
    keepDraft(live.id, value)
    if (value.trim() === '') typing.stopped()
    else typing.typed()
  }
  const send = (event?: FormEvent) => {
    event?.preventDefault()
    if (!isReady) return
    setText('')
    forgetDraft(live.id)
    typing.stopped()
    void writeComment(live, user.id, text.trim())
    field.current?.focus()
  }
  const pressed = (event: KeyboardEvent) => {
    if (isSendKey(event)) send()
  }
  return (
    <form className="composer composer--new" onSubmit={send}>
      <Avatar id={user.id} name={user.name} picture={user.avatar} />
      <div className="composer__main">
        <textarea
          ref={field}
          className="composer__field"
          aria-label="Write a comment"
          placeholder="Write a comment"
          rows={2}
          maxLength={MAX_COMMENT}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={pressed}
          onBlur={() => typing.stopped()}
        />
        <div className="composer__foot">
          <span className="composer__hint">
            <kbd className="key">Ctrl</kbd> <kbd className="key">Enter</kbd>
          </span>
          <button type="submit" className="button button--small button--primary" disabled={!isReady}>
            Comment
          </button>
        </div>
      </div>
    </form>
  )
}
