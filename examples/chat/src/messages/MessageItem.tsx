// One message. Rendered again only when the message itself, its place or its sender's name changes.
import type { ChatMessage } from '@nowcast/react'
import { type KeyboardEvent, memo } from 'react'
import { ReactionBar } from '../reactions/ReactionBar.tsx'
import { useMe } from '../signIn/me.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { bareClock, clock, fullTime } from '../theme/time.ts'
import { ReplyLine } from '../threads/ReplyLine.tsx'
import { Attachments } from './Attachments.tsx'
import { isStored, type MessageActions, type Rights } from './actions.ts'
import { MessageBody } from './MessageBody.tsx'
import { MessageEditor } from './MessageEditor.tsx'
import './message.css'
import { FailedLine } from './MessageStatus.tsx'
import { MessageToolbar } from './MessageToolbar.tsx'
import { PinnedMark } from './PinnedMark.tsx'

/** What a message needs. */
export type MessageItemProps = {
  readonly message: ChatMessage
  /** True for the first of several by one sender in one minute. */
  readonly startsGroup: boolean
  readonly senderName: string
  readonly senderPicture: string | undefined
  readonly editing: boolean
  /** True for the one that a link led to. */
  readonly target: boolean
  readonly rights: Rights
  readonly actions: MessageActions
}

/** One message. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  const { message, startsGroup, senderName, senderPicture, editing, target, rights, actions } = props
  const { id: me } = useMe()
  const { deletedAt, attachments, reactions, replies, pinnedAt, mentions } = message
  const stored = isStored(message)
  const deleted = deletedAt !== undefined
  const time = (
    <time dateTime={new Date(message.createdAt).toISOString()} title={fullTime(message.createdAt)}>
      {startsGroup ? clock(message.createdAt) : bareClock(message.createdAt)}
    </time>
  )
  return (
    <li
      className="message"
      tabIndex={-1}
      data-status={stored ? 'sent' : message.status}
      data-offset={stored ? message.offset : undefined}
      data-starts-group={startsGroup}
      data-editing={editing}
      data-target={target}
      data-for-me={!deleted && mentions?.includes(me)}
      onKeyDown={keys}
    >
      <div className="message__gutter">
        {startsGroup ? <Avatar id={message.sender} name={senderName} picture={senderPicture} /> : time}
      </div>
      <div className="message__content">
        {pinnedAt !== undefined && !deleted && <PinnedMark message={message} onShow={actions.showPinned} />}
        <div className={startsGroup ? 'message__byline' : 'visually-hidden'}>
          <span className="message__sender">{senderName}</span>
          {startsGroup && time}
        </div>
        {editing ? (
          <MessageEditor message={message} onSave={actions.save} onClose={() => actions.edit(undefined)} />
        ) : (
          <MessageBody message={message} actions={actions} />
        )}
        {!deleted && attachments !== undefined && <Attachments attachments={attachments} />}
        {!deleted && reactions !== undefined && reactions.length > 0 && (
          <ReactionBar
            reactions={reactions}
            onReact={(emoji, on) => actions.react(message, emoji, on)}
            onMore={(anchor) => actions.open('react', message, anchor)}
          />
        )}
        {replies !== undefined && replies > 0 && actions.reply !== undefined && (
          <ReplyLine message={message} onOpen={actions.reply} />
        )}
        {message.status === 'failed' && <FailedLine message={message} actions={actions} />}
      </div>
      {stored && !deleted && !editing && (
        <MessageToolbar message={message} rights={rights} actions={actions} />
      )}
    </li>
  )
})

// Enter leads from a message to what can be done with it, Esc back.
function keys(event: KeyboardEvent<HTMLElement>): void {
  const row = event.currentTarget
  const buttons = [...row.querySelectorAll<HTMLElement>('.message__actions button')]
  const at = focusedOf(buttons)
  const target = targetOf(event, row, buttons, at)
  if (target === undefined) return
  event.preventDefault()
  event.stopPropagation()
  target.focus()
}

const focusedOf = (buttons: readonly Element[]): number =>
  document.activeElement === null ? -1 : buttons.indexOf(document.activeElement)

function targetOf(
  { key, target }: KeyboardEvent<HTMLElement>,
  row: HTMLElement,
  buttons: readonly HTMLElement[],
  at: number,
): HTMLElement | undefined {
  if (at < 0) return target === row && (key === 'Enter' || key === 'ArrowRight') ? buttons[0] : undefined
  if (key === 'Escape') return row
  if (key === 'ArrowRight') return buttons[at + 1]
  return key === 'ArrowLeft' ? (buttons[at - 1] ?? row) : undefined
}
