// Where messages are written: Enter sends, Shift+Enter starts a line, arrow up in an empty field edits the last.
import { ArrowUp } from 'lucide-react'
import { type KeyboardEvent, memo, useState } from 'react'
import { useMe } from '../signIn/me.ts'
import { AutosizeTextarea } from './AutosizeTextarea.tsx'
import { ByteCount } from './ByteCount.tsx'
import { byteLength, MAX_BODY_BYTES } from './byteLength.ts'
import './composer.css'
import { draftOf, keepDraft } from './drafts.ts'
import { COMPOSER_ID, focusComposer } from './focusComposer.ts'

/** What the composer needs. */
export type ComposerProps = {
  readonly id: string
  /** Empty while the conversation is not known yet; what is written then waits with the rest. */
  readonly title: string
  readonly onSend: (body: string) => void
  readonly onEditLast: () => void
}

const finePointer = matchMedia('(pointer: fine)')

/** Where messages are written. */
export const Composer = memo(function Composer({ id, title, onSend, onEditLast }: ComposerProps) {
  const { id: userId } = useMe()
  const [text, setText] = useState(() => draftOf(userId, id))
  const bytes = byteLength(text)
  const sendable = text.trim() !== '' && bytes <= MAX_BODY_BYTES

  const label = title === '' ? 'Write a message' : `Message ${title}`

  const write = (next: string) => {
    setText(next)
    keepDraft(userId, id, next)
  }
  const send = () => {
    if (!sendable) return
    onSend(text.trim())
    write('')
    focusComposer()
  }
  const keys = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
    }
    if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault()
      onEditLast()
    }
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div className="composer__box">
        <AutosizeTextarea
          id={COMPOSER_ID}
          className="composer__text"
          aria-label={label}
          placeholder={label}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={keys}
          // On a phone the keyboard would cover what one came to read.
          autoFocus={finePointer.matches}
          enterKeyHint="send"
        />
        <button type="submit" className="composer__send" aria-label="Send message" disabled={!sendable}>
          <ArrowUp size={18} strokeWidth={2.4} aria-hidden />
        </button>
      </div>
      <div className="composer__foot">
        <ByteCount bytes={bytes} />
      </div>
    </form>
  )
})
