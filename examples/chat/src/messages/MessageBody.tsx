// The text of a message: links are links, names stand out, a few emoji alone are large, and what is still being written
// has a caret.
import type { ChatMessage } from '@nowcast/react'
import { splitNames } from '../composer/mentions.ts'
import { usePersons } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'
import type { MessageActions } from './actions.ts'
import { SendingMark } from './MessageStatus.tsx'
import { isEmojiOnly, splitLinks } from './text.ts'

/** What the text needs. */
export type MessageBodyProps = { readonly message: ChatMessage; readonly actions: MessageActions }

/** The text of a message. */
export function MessageBody({ message, actions }: MessageBodyProps) {
  const { body, deletedAt, editedAt, own, mentions, streaming } = message
  if (deletedAt !== undefined)
    return <p className="message__body message__body--deleted">This message was deleted.</p>
  return (
    <p className="message__body" data-emoji={isEmojiOnly(body)} aria-busy={streaming}>
      {splitLinks(body).map(({ at, text, href }) =>
        href === undefined ? (
          <Named key={at} text={text} mentions={mentions} />
        ) : (
          <a key={at} href={href} target="_blank" rel="noreferrer noopener">
            {text}
          </a>
        ),
      )}
      {streaming === true && <span className="message__caret" role="img" aria-label="being written" />}
      {editedAt !== undefined && (
        <button
          type="button"
          className="message__edited"
          title="Show earlier versions"
          onClick={(event) => actions.open('history', message, event.currentTarget)}
        >
          (edited)
        </button>
      )}
      {own && <SendingMark message={message} actions={actions} />}
    </p>
  )
}

type NamedProps = { readonly text: string; readonly mentions: readonly string[] | undefined }

function Named({ text, mentions = [] }: NamedProps) {
  return mentions.length === 0 || !text.includes('@') ? text : <Names text={text} mentions={mentions} />
}

function Names({ text, mentions }: { readonly text: string; readonly mentions: readonly string[] }) {
  const personOf = usePersons()
  const { id: me } = useMe()
  return splitNames(text, mentions.map(personOf)).map(({ at, text: part, id }) =>
    id === undefined ? (
      part
    ) : (
      <span key={at} className="mention" data-me={id === me}>
        {part}
      </span>
    ),
  )
}
