// The messages of a conversation: days, groups, older pages on the way up, and the way back to the newest.
import type { ChatMessage, Conversation, ConversationHandle } from '@nowcast/react'
import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react'
import { useNow } from '../app/useNow.ts'
import { moveFocus } from '../conversations/moveFocus.ts'
import { usePersons } from '../people/usePersons.ts'
import { SkeletonMessages } from '../theme/Skeleton.tsx'
import { dayLabel } from '../theme/time.ts'
import { DeleteDialog } from './DeleteDialog.tsx'
import { JumpToNewest } from './JumpToNewest.tsx'
import { LogStart } from './LogStart.tsx'
import { type MessageActions, MessageItem } from './MessageItem.tsx'
import './messageLog.css'
import { Older } from './Older.tsx'
import { keyOf, type NewRange, timeline } from './timeline.ts'
import { useMarkRead } from './useMarkRead.ts'
import { useScroll } from './useScroll.ts'

const MINUTE_MS = 60_000

/** What the log needs. */
export type MessageLogProps = {
  readonly title: string
  readonly conversation: ConversationHandle
  /** Absent while it loads. */
  readonly info: Conversation | undefined
  /** The offset of the message that is being edited. */
  readonly editing: number | undefined
  readonly onEdit: (offset: number | undefined) => void
}

/** The messages of a conversation. */
export function MessageLog({ title, conversation, info, editing, onEdit }: MessageLogProps) {
  const { status, messages, hasOlder, loadingOlder, firstUnread } = conversation
  const { retry, discard, edit, older, markRead } = conversation
  const personOf = usePersons()
  const now = useNow(MINUTE_MS)
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const [deleting, setDeleting] = useState<ChatMessage>()
  const fresh = useNewRange(firstUnread, info)
  const entries = useMemo(() => timeline(messages, fresh), [messages, fresh])
  const newest = messages.at(-1)
  const scroll = useScroll(scroller, list, {
    newestKey: newest && keyOf(newest),
    newestIsSending: newest?.status === 'sending',
    revision: entries,
  })
  useMarkRead(messages, scroll.atEnd, markRead)

  const actions = useMemo<MessageActions>(
    () => ({
      retry: (message) => retry(message.id),
      discard: (message) => discard(message.id),
      save: (message, body) => edit(message.offset, body),
      edit: (message) => onEdit(message?.offset),
      remove: setDeleting,
    }),
    [retry, discard, edit, onEdit],
  )
  const loadOlder = useCallback(() => void older(), [older])
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target instanceof HTMLElement && event.target.closest('textarea, button') === null) {
      moveFocus(event, '.message')
    }
  }

  const loading = status === 'loading' || (status === 'idle' && messages.length === 0)
  return (
    <div className="log">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the messages inside */}
      <div className="log__scroller" ref={scroller} onScroll={scroll.onScroll} tabIndex={0} onKeyDown={keys}>
        {hasOlder && <Older scroller={scroller} loading={loadingOlder} onReach={loadOlder} />}
        {!hasOlder && !loading && info !== undefined && (
          <LogStart info={info} title={title} empty={messages.length === 0} />
        )}
        <div
          role="log"
          aria-live="polite"
          aria-label={`Messages in ${title}`}
          aria-busy={loading || loadingOlder}
        >
          {loading && messages.every(({ offset }) => offset === 0) && <SkeletonMessages />}
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
                    <span>New</span>
                  </li>
                )
              }
              const { message, startsGroup } = entry
              const sender = personOf(message.sender)
              return (
                <MessageItem
                  key={entry.key}
                  message={message}
                  startsGroup={startsGroup}
                  senderName={sender.name}
                  senderPicture={sender.avatar}
                  editing={editing !== undefined && message.offset > 0 && message.offset === editing}
                  actions={actions}
                />
              )
            })}
          </ol>
        </div>
      </div>
      {scroll.leftAt !== undefined && (
        <JumpToNewest count={countAfter(messages, scroll.leftAt)} onJump={scroll.toEnd} />
      )}
      {deleting !== undefined && (
        <DeleteDialog
          message={deleting}
          onDelete={() => conversation.delete(deleting.offset)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </div>
  )
}

// What was new at the moment of opening stays marked while the conversation is open.
function useNewRange(firstUnread: number | undefined, info: Conversation | undefined): NewRange | undefined {
  const [range, setRange] = useState<NewRange>()
  const upTo = info?.lastMessage?.offset
  if (range === undefined && firstUnread !== undefined && upTo !== undefined) {
    setRange({ after: firstUnread - 1, upTo })
  }
  return range
}

function countAfter(messages: readonly ChatMessage[], key: string): number {
  const left = messages.findIndex((message) => keyOf(message) === key)
  return left < 0 ? 0 : messages.slice(left + 1).filter(({ own }) => !own).length
}
