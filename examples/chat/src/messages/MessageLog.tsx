// The messages of a conversation: days, groups, older pages on the way up, and the way back to the newest.
import type { Conversation } from '@nowcast/protocol'
import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react'
import { useNow } from '../app/useNow.ts'
import { moveFocus } from '../conversations/moveFocus.ts'
import {
  type ChatMessage,
  type ConversationSnapshot,
  type LiveConversation,
  useNowcast,
} from '../live/nowcast.ts'
import { usePeople } from '../live/usePeople.ts'
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
  readonly id: string
  readonly title: string
  readonly live: LiveConversation
  readonly snapshot: ConversationSnapshot
  /** Absent while it loads. */
  readonly info: Conversation | undefined
  /** The offset of the message that is being edited. */
  readonly editing: number | undefined
  readonly onEdit: (offset: number | undefined) => void
}

/** The messages of a conversation. */
export function MessageLog({ id, title, live, snapshot, info, editing, onEdit }: MessageLogProps) {
  const { messages, hasOlder, loadingOlder } = snapshot
  const personOf = usePeople()
  const now = useNow(MINUTE_MS)
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const [deleting, setDeleting] = useState<ChatMessage>()
  const fresh = useNewRange(id, info)
  const entries = useMemo(() => timeline(messages, fresh), [messages, fresh])
  const newest = messages.at(-1)
  const scroll = useScroll(scroller, list, {
    newestKey: newest && keyOf(newest),
    newestIsSending: newest?.status === 'sending',
    revision: entries,
  })
  useMarkRead(id, messages, scroll.atEnd)

  const actions = useMemo<MessageActions>(
    () => ({
      retry: (message) => live.retry(message.id),
      discard: (message) => live.discard(message.id),
      save: (message, body) => live.edit(message.offset, body),
      edit: (message) => onEdit(message?.offset),
      remove: setDeleting,
    }),
    [live, onEdit],
  )
  const loadOlder = useCallback(() => void live.older(), [live])
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target instanceof HTMLElement && event.target.closest('textarea, button') === null) {
      moveFocus(event, '.message')
    }
  }

  const loading = snapshot.status === 'loading' || (snapshot.status === 'idle' && messages.length === 0)
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
          {loading && messages.every(({ status }) => status !== 'sent') && <SkeletonMessages />}
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
                  editing={editing !== undefined && message.status === 'sent' && message.offset === editing}
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
          onDelete={() => live.delete(deleting.offset)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </div>
  )
}

// What was new at the moment of opening stays marked while the conversation is open.
function useNewRange(id: string, info: Conversation | undefined): NewRange | undefined {
  const { readMarks } = useNowcast()
  const [readUpTo] = useState(() => readMarks.getSnapshot()[id])
  const [range, setRange] = useState<NewRange>()
  const upTo = info?.lastMessage?.offset
  if (range === undefined && readUpTo !== undefined && upTo !== undefined) {
    setRange({ after: readUpTo, upTo })
  }
  return range
}

function countAfter(messages: readonly ChatMessage[], key: string): number {
  const left = messages.findIndex((message) => keyOf(message) === key)
  return left < 0 ? 0 : messages.slice(left + 1).filter(({ own }) => !own).length
}
