// Where messages are written: Enter sends, Shift+Enter starts a line, @ names somebody, a pasted address is sent along,
// arrow up in an empty field edits the last.
import { type Attachment, useTyping } from '@nowcast/react'
import { ArrowUp } from 'lucide-react'
import { type ClipboardEvent, type KeyboardEvent, memo, useId, useRef, useState } from 'react'
import type { Person } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'
import { AttachmentChips } from './AttachmentChips.tsx'
import { AutosizeTextarea } from './AutosizeTextarea.tsx'
import { attachmentOf, MAX_ATTACHMENTS } from './attachments.ts'
import { ByteCount } from './ByteCount.tsx'
import { byteLength, MAX_BODY_BYTES } from './byteLength.ts'
import './composer.css'
import { draftFilesOf, draftOf, keepDraft, keepDraftFiles } from './drafts.ts'
import { type COMPOSER_ID, focusComposer, type THREAD_COMPOSER_ID } from './focusComposer.ts'
import { MentionList, mentionId } from './MentionList.tsx'
import { namedIn } from './mentions.ts'
import { useMentioning } from './useMentioning.ts'

/** What goes with a message. */
export type Enclosed = {
  readonly mentions: readonly string[]
  readonly attachments: readonly Attachment[]
}

/** What the composer needs. */
export type ComposerProps = {
  /** The element id of its text field. */
  readonly field: typeof COMPOSER_ID | typeof THREAD_COMPOSER_ID
  /** What its draft is kept under. */
  readonly draft: string
  /** What is written here. */
  readonly label: string
  /** Those who can be named. */
  readonly people: readonly Person[]
  /** The channel on which others see that the person types. */
  readonly channel: string
  readonly onSend: (body: string, enclosed: Enclosed) => void
  readonly onEditLast: () => void
}

const finePointer = matchMedia('(pointer: fine)')

/** Where messages are written. */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { field, draft, label, people, channel, onSend, onEditLast } = props
  const { id: me } = useMe()
  const [text, setText] = useState(() => draftOf(me, draft))
  const [attachments, setAttachments] = useState(() => draftFilesOf(me, draft))
  const { keystroke, stop } = useTyping(channel)
  const area = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const bytes = byteLength(text)
  const sendable = (text.trim() !== '' || attachments.length > 0) && bytes <= MAX_BODY_BYTES

  const write = (next: string) => {
    setText(next)
    keepDraft(me, draft, next)
    if (next.trim() === '') stop()
    else keystroke()
  }
  const naming = useMentioning(text, write, people, area)
  const attach = (next: readonly Attachment[]) => {
    setAttachments(next)
    keepDraftFiles(me, draft, next)
  }
  const others = ({ url }: Attachment) => attachments.filter((one) => one.url !== url)
  const send = () => {
    if (!sendable) return
    onSend(text.trim(), { mentions: namedIn(text, people), attachments })
    setText('')
    keepDraft(me, draft, '')
    attach([])
    focusComposer(field)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || naming.takes(event)) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
    }
    if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault()
      onEditLast()
    }
    if (event.key === 'Backspace' && text === '') attach(attachments.slice(0, -1))
  }
  const paste = (event: ClipboardEvent) => {
    const pasted = attachmentOf(event.clipboardData.getData('text/plain'))
    if (pasted === undefined || attachments.length === MAX_ATTACHMENTS) return
    event.preventDefault()
    attach([...others(pasted), pasted])
  }

  const isNaming = naming.people.length > 0
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {isNaming && (
        <MentionList
          id={listId}
          people={naming.people}
          current={naming.current}
          onChoose={naming.choose}
          onPoint={naming.point}
        />
      )}
      <div className="composer__box">
        {attachments.length > 0 && (
          <AttachmentChips
            attachments={attachments}
            onRemove={(attachment) => attach(others(attachment))}
            onUnfold={(attachment) => {
              attach(others(attachment))
              write(`${text}${text === '' || text.endsWith(' ') ? '' : ' '}${attachment.url} `)
              focusComposer(field)
            }}
          />
        )}
        <div className="composer__line">
          <AutosizeTextarea
            ref={area}
            id={field}
            className="composer__text"
            aria-label={label}
            aria-autocomplete="list"
            aria-controls={isNaming ? listId : undefined}
            aria-activedescendant={isNaming ? mentionId(listId, naming.current) : undefined}
            placeholder={label}
            value={text}
            onChange={(event) => write(event.target.value)}
            onSelect={(event) => naming.moved(event.currentTarget.selectionStart)}
            onKeyDown={keys}
            onPaste={paste}
            // On a phone the keyboard would cover what one came to read.
            autoFocus={finePointer.matches}
            enterKeyHint="send"
          />
          <button type="submit" className="composer__send" aria-label="Send message" disabled={!sendable}>
            <ArrowUp size={18} strokeWidth={2.4} aria-hidden />
          </button>
        </div>
      </div>
      <div className="composer__foot">
        <ByteCount bytes={bytes} />
      </div>
    </form>
  )
})
