// How many messages are new, and whether somebody has named one.
import { AtSign } from 'lucide-react'
import './unreadBadge.css'

/** Messages are counted up to here. */
const MOST = 100

/** How many messages are new; nothing when none is. */
export function UnreadBadge({ unread, mentions }: { readonly unread: number; readonly mentions: number }) {
  if (unread === 0 && mentions === 0) return null
  const count = unread >= MOST ? `${MOST - 1}+` : String(unread)
  return (
    <span className="unread">
      {mentions > 0 && (
        <span className="unread__mention" role="img" aria-label="You were mentioned">
          <AtSign size={11} strokeWidth={2.6} aria-hidden />
        </span>
      )}
      {unread > 0 && (
        <span className="unread__count">
          <span className="visually-hidden">New messages: </span>
          {count}
        </span>
      )}
    </span>
  )
}
