// One message. Rendered again only when the message itself, its place or its sender's name changes.

import type { ChatMessage } from '@nowcast/react'
import { Pencil, Trash2 } from 'lucide-react'
import { memo } from 'react'
import { Avatar } from '../theme/Avatar.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import { bareClock, clock, fullTime } from '../theme/time.ts'
import { MessageBody } from './MessageBody.tsx'
import { MessageEditor } from './MessageEditor.tsx'
import './message.css'
import { FailedLine } from './MessageStatus.tsx'

/** What can be done with a message. */
export type MessageActions = {
  readonly retry: (message: ChatMessage) => void
  readonly discard: (message: ChatMessage) => void
  /** Changes the body; rejects when the server refuses. */
  readonly save: (message: ChatMessage, body: string) => Promise<unknown>
  /** Opens the editor of a message, or closes it with `undefined`. */
  readonly edit: (message: ChatMessage | undefined) => void
  /** Asks whether to delete a message. */
  readonly remove: (message: ChatMessage) => void
}

/** What a message needs. */
export type MessageItemProps = {
  readonly message: ChatMessage
  /** True for the first of several by one sender in one minute. */
  readonly startsGroup: boolean
  readonly senderName: string
  readonly senderPicture: string | undefined
  readonly editing: boolean
  readonly actions: MessageActions
}

/** One message. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  const { message, startsGroup, senderName, senderPicture, editing, actions } = props
  const deleted = message.deletedAt !== undefined
  const time = (
    <time dateTime={new Date(message.createdAt).toISOString()} title={fullTime(message.createdAt)}>
      {startsGroup ? clock(message.createdAt) : bareClock(message.createdAt)}
    </time>
  )
  return (
    <li
      className="message"
      tabIndex={-1}
      data-status={message.status}
      data-offset={message.status === 'sent' ? message.offset : undefined}
      data-starts-group={startsGroup}
      data-editing={editing}
    >
      <div className="message__gutter">
        {startsGroup ? <Avatar id={message.sender} name={senderName} picture={senderPicture} /> : time}
      </div>
      <div className="message__content">
        <div className={startsGroup ? 'message__byline' : 'visually-hidden'}>
          <span className="message__sender">{senderName}</span>
          {startsGroup && time}
        </div>
        {editing ? (
          <MessageEditor message={message} onSave={actions.save} onClose={() => actions.edit(undefined)} />
        ) : (
          <MessageBody message={message} />
        )}
        {message.status === 'failed' && <FailedLine message={message} actions={actions} />}
      </div>
      {message.own && message.status === 'sent' && !deleted && !editing && (
        <div className="message__actions">
          <IconButton icon={Pencil} label="Edit message" small onClick={() => actions.edit(message)} />
          <IconButton icon={Trash2} label="Delete message" small onClick={() => actions.remove(message)} />
        </div>
      )}
    </li>
  )
})
