// How far one's own message has come: being sent, sent, delivered, read, or failed with the ways on.

import type { ChatMessage } from '@nowcast/react'
import { Check, CheckCheck, CircleAlert, Clock3 } from 'lucide-react'
import type { MessageActions } from './MessageItem.tsx'

const MARKS = {
  sending: { icon: Clock3, label: 'Sending' },
  sent: { icon: Check, label: 'Sent' },
  delivered: { icon: CheckCheck, label: 'Delivered' },
  read: { icon: CheckCheck, label: 'Read' },
} as const

/** A small mark for a message that is being sent or has been sent. */
export function SendingMark({ status }: { readonly status: ChatMessage['status'] }) {
  if (status === 'failed') return null
  const { icon: Icon, label } = MARKS[status]
  return (
    <span className="message__mark" role="img" aria-label={label} title={label}>
      <Icon size={13} strokeWidth={2.2} aria-hidden />
    </span>
  )
}

/** Why a message could not be sent, and the ways on. */
export function FailedLine(props: { readonly message: ChatMessage; readonly actions: MessageActions }) {
  const { message, actions } = props
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
