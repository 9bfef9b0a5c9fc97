// Messages in groups, with the headings of days and the line above what is new.
import type { ChatMessage } from '@nowcast/react'
import type { RefObject } from 'react'
import { useNow } from '../app/useNow.ts'
import { usePersons } from '../people/usePersons.ts'
import { dayLabel } from '../theme/time.ts'
import { isStored, type MessageActions, type Rights } from './actions.ts'
import { MessageItem } from './MessageItem.tsx'
import type { Entry } from './timeline.ts'

const MINUTE_MS = 60_000

/** What the list needs. */
export type MessageListProps = {
  readonly list: RefObject<HTMLOListElement | null>
  readonly entries: readonly Entry<ChatMessage>[]
  /** The offset of the message that is being edited. */
  readonly editing: number | undefined
  /** The offset of the message that a link led to. */
  readonly target: number | undefined
  readonly rights: Rights
  readonly actions: MessageActions
}

/** Messages in groups. */
export function MessageList({ list, entries, editing, target, rights, actions }: MessageListProps) {
  const personOf = usePersons()
  const now = useNow(MINUTE_MS)
  return (
    <ol ref={list} className="log__list">
      {entries.map((entry) => {
        if (entry.kind === 'day') {
          return (
            <li key={entry.key} className="day">
              <span>{dayLabel(entry.at, now)}</span>
            </li>
          )
        }
        if (entry.kind === 'new') {
          return (
            <li key={entry.key} className="day day--new">
              <span>New messages</span>
            </li>
          )
        }
        const { message, startsGroup } = entry
        const sender = personOf(message.sender)
        const stored = isStored(message)
        return (
          <MessageItem
            key={entry.key}
            message={message}
            startsGroup={startsGroup}
            senderName={sender.name}
            senderPicture={sender.avatar}
            editing={stored && message.offset === editing}
            target={stored && message.offset === target}
            rights={rights}
            actions={actions}
          />
        )
      })}
    </ol>
  )
}
