// The messages of a conversation: older and newer pages at its ends, and the way back to the newest.
import type { ChatMessage, Conversation, ConversationHandle } from '@nowcast/react'
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef } from 'react'
import type { Place } from '../app/place.ts'
import { settle } from '../app/route.ts'
import { moveFocus } from '../conversations/moveFocus.ts'
import { SkeletonMessages } from '../theme/Skeleton.tsx'
import { type MessageActions, newestOf, type Rights } from './actions.ts'
import { JumpToNewest } from './JumpToNewest.tsx'
import { LogStart } from './LogStart.tsx'
import { MessageList } from './MessageList.tsx'
import './messageLog.css'
import { MorePages } from './MorePages.tsx'
import { keyOf, timeline } from './timeline.ts'
import { useMarkRead } from './useMarkRead.ts'
import { useScroll } from './useScroll.ts'

/** What the log needs. */
export type MessageLogProps = {
  readonly title: string
  readonly conversation: ConversationHandle
  /** Absent while it loads. */
  readonly info: Conversation | undefined
  /** What is in the address. */
  readonly place: Place
  /** True while something else stands before it. */
  readonly covered: boolean
  /** The offset of the message that is being edited. */
  readonly editing: number | undefined
  readonly rights: Rights
  readonly actions: MessageActions
  /** The message in the address is not among the conversation's own. */
  readonly onMissing: (offset: number) => void
}

/** The messages of a conversation. */
export function MessageLog(props: MessageLogProps) {
  const { title, conversation, info, place, covered, editing, rights, actions, onMissing } = props
  const { status, messages, firstUnread, hasOlder, loadingOlder, hasNewer, loadingNewer } = conversation
  const { older, newer, jump, toNewest, markRead } = conversation
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const entries = useMemo(() => timeline(messages, firstUnread), [messages, firstUnread])
  const newest = messages.at(-1)
  const scroll = useScroll(scroller, list, {
    newestKey: newest && keyOf(newest),
    newestIsSending: newest?.status === 'sending',
    isLive: !hasNewer,
    revision: entries,
  })
  useMarkRead(scroll.atEnd && !covered ? newestOf(messages) : undefined, markRead)
  useJump(place, status === 'ready', jump, scroll.toMessage, onMissing)

  const loadOlder = useCallback(() => void older(), [older])
  const loadNewer = useCallback(() => void newer(), [newer])
  const leavePast = () => {
    if (place.message !== undefined) settle(place.conversation, place.panel && { panel: place.panel })
    void toNewest()
    scroll.toEnd()
  }
  const loading = status === 'loading' || (status === 'idle' && messages.length === 0)
  return (
    <div className="log">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the messages inside */}
      <div
        className="log__scroller"
        ref={scroller}
        onScroll={scroll.onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        onKeyDown={moveAmong}
      >
        {hasOlder && (
          <MorePages side="older" scroller={scroller} loading={loadingOlder} onReach={loadOlder} />
        )}
        {!hasOlder && !loading && info !== undefined && (
          <LogStart info={info} title={title} empty={messages.length === 0} />
        )}
        <div
          role="log"
          aria-live="polite"
          aria-label={`Messages in ${title}`}
          aria-busy={loading || loadingOlder || loadingNewer}
        >
          {loading && messages.every(({ offset }) => offset === 0) && <SkeletonMessages />}
          <MessageList
            list={list}
            entries={entries}
            editing={editing}
            target={place.message}
            rights={rights}
            actions={actions}
          />
        </div>
        {hasNewer && (
          <MorePages side="newer" scroller={scroller} loading={loadingNewer} onReach={loadNewer} />
        )}
      </div>
      {(scroll.leftAt !== undefined || hasNewer) && (
        <JumpToNewest
          count={hasNewer ? (info?.unread ?? 0) : countAfter(messages, scroll.leftAt)}
          onJump={leavePast}
        />
      )}
    </div>
  )
}

/** Arrow keys, Home and End move the focus among messages; fields and buttons keep their keys. */
export function moveAmong(event: KeyboardEvent<HTMLElement>): void {
  if (event.target instanceof HTMLElement && event.target.closest('textarea, button') === null) {
    moveFocus(event, '.message')
  }
}

// Leads to the message in the address, with each visit.
function useJump(
  place: Place,
  ready: boolean,
  jump: (offset: number) => Promise<boolean>,
  show: (offset: number) => void,
  onMissing: (offset: number) => void,
): void {
  useEffect(() => {
    const { message } = place
    if (message === undefined || !ready) return
    let stale = false
    void jump(message).then((found) => {
      if (stale) return
      if (found) show(message)
      else onMissing(message)
    })
    return () => {
      stale = true
    }
  }, [place, ready, jump, show, onMissing])
}

function countAfter(messages: readonly ChatMessage[], key: string | undefined): number {
  const left = messages.findIndex((message) => keyOf(message) === key)
  return left < 0 ? 0 : messages.slice(left + 1).filter(({ own }) => !own).length
}
