// The text of a message: links are links, and a few emoji alone are large.
import type { ChatMessage } from '@nowcast/react'
import { SendingMark } from './MessageStatus.tsx'
import { isEmojiOnly, splitLinks } from './text.ts'

/** The text of a message. */
export function MessageBody({ message }: { readonly message: ChatMessage }) {
  const { body, deletedAt, editedAt, own, status } = message
  if (deletedAt !== undefined)
    return <p className="message__body message__body--deleted">This message was deleted.</p>
  return (
    <p className="message__body" data-emoji={isEmojiOnly(body)}>
      {splitLinks(body).map(({ at, text, href }) =>
        href === undefined ? (
          text
        ) : (
          <a key={at} href={href} target="_blank" rel="noreferrer noopener">
            {text}
          </a>
        ),
      )}
      {editedAt !== undefined && <span className="message__edited"> (edited)</span>}
      {own && <SendingMark status={status} />}
    </p>
  )
}
