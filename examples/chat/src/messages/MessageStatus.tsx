// How far one's own message has come: being sent, sent, delivered, read, or failed with the ways on.
import type { ChatMessage } from '@nowcast/react'
import { Check, CheckCheck, CircleAlert, Clock3 } from 'lucide-react'
import { isStored, type MessageActions } from './actions.ts'

const MARKS = {
  sending: { icon: Clock3, label: 'Sending' },
  sent: { icon: Check, label: 'Sent' },
  delivered: { icon: CheckCheck, label: 'Delivered' },
  read: { icon: CheckCheck, label: 'Read' },
} as const

type StatusProps = { readonly message: ChatMessage; readonly actions: MessageActions }

/** A small mark for a message that is being sent or has been sent; once it is, a click tells who has it. */
export function SendingMark({ message, actions }: StatusProps) {
  const { status } = message
  if (status === 'failed') return null
  const { icon: Icon, label } = MARKS[status]
  const icon = <Icon size={14} strokeWidth={2.2} aria-hidden />
  if (!isStored(message)) {
    return (
      <span className="message__mark" role="img" aria-label={label} title={label}>
        {icon}
      </span>
    )
  }
  return (
    <button
      type="button"
      className="message__mark"
      data-reach={status}
      aria-label={label}
      title={label}
      // The menu of the message leads there too.
      tabIndex={-1}
      onClick={(event) => actions.open('info', message, event.currentTarget)}
    >
      {icon}
    </button>
  )
}

/** Why a message could not be sent, and the ways on. */
export function FailedLine({ message, actions }: StatusProps) {
  return (
    <div className="message__failed">
      <CircleAlert size={14} aria-hidden />
      <span>Not sent. {message.error?.message}</span>
      <span className="message__ways">
        <button type="button" className="link-button" onClick={() => actions.retry(message)}>
          Retry
        </button>
        <button
          type="button"
          className="link-button link-button--quiet"
          onClick={() => actions.discard(message)}
        >
          Discard
        </button>
      </span>
    </div>
  )
}
