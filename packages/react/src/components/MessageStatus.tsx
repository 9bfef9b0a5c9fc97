// How far a message of one's own has come.
import { classes } from './classes.ts'
import { VisuallyHidden } from './VisuallyHidden.tsx'

/** How far a message has come. */
export type MessageStatusName = 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

/** Properties of `MessageStatus`. */
export interface MessageStatusProps {
  readonly status: MessageStatusName
  /** Offered where the message has failed. */
  readonly onRetry?: () => void
  /** Other words, e.g. in another language. `retry` is the text of the button. */
  readonly labels?: Partial<Readonly<Record<MessageStatusName | 'retry', string>>>
  readonly className?: string
}

const LABELS = {
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not sent',
  retry: 'Try again',
}

const TICK = 'M1.5 8.5 5 12 11.5 4.5'
const SECOND_TICK = 'M8 11 9 12 15.5 4.5'

/** A clock, one tick, two ticks, or a warning; as text for those who listen. */
export function MessageStatus({ status, onRetry, labels, className }: MessageStatusProps) {
  const text = { ...LABELS, ...labels }
  return (
    <span className={classes('message-status', className)} data-status={status} title={text[status]}>
      <svg viewBox="0 0 17 16" width="17" height="16" aria-hidden="true" fill="none" stroke="currentColor">
        <Sign status={status} />
      </svg>
      {status === 'failed' ? (
        <span role="alert">{text.failed}</span>
      ) : (
        <VisuallyHidden>{text[status]}</VisuallyHidden>
      )}
      {status === 'failed' && onRetry !== undefined && (
        <button type="button" className="nowcast-message-status__retry" onClick={onRetry}>
          {text.retry}
        </button>
      )}
    </span>
  )
}

function Sign({ status }: { readonly status: MessageStatusName }) {
  if (status === 'sending') return <path d="M8.5 4.5V8l2.5 2M14 8A5.5 5.5 0 1 1 3 8a5.5 5.5 0 0 1 11 0Z" />
  if (status === 'failed') return <path d="M8.5 4.5v4M8.5 11v.5M14 8A5.5 5.5 0 1 1 3 8a5.5 5.5 0 0 1 11 0Z" />
  return <path d={status === 'sent' ? TICK : TICK + SECOND_TICK} />
}
