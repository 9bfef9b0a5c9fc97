// A thread beside its conversation: the message that it began with, its replies, and where to write another.
import { type ChatMessage, type Conversation, useThread } from '@nowcast/react'
import { X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Composer } from '../composer/Composer.tsx'
import { threadDraft } from '../composer/drafts.ts'
import { focusComposer, THREAD_COMPOSER_ID } from '../composer/focusComposer.ts'
import { NoWriting } from '../conversations/NoWriting.tsx'
import { rightsIn } from '../conversations/rights.ts'
import { isEditable, type MessageActions, newestOf, type Rights } from '../messages/actions.ts'
import { MessageList } from '../messages/MessageList.tsx'
import { moveAmong } from '../messages/MessageLog.tsx'
import { MorePages } from '../messages/MorePages.tsx'
import { type Entry, keyOf, timeline } from '../messages/timeline.ts'
import { useMarkRead } from '../messages/useMarkRead.ts'
import { useScroll } from '../messages/useScroll.ts'
import type { Person } from '../people/usePersons.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonMessages } from '../theme/Skeleton.tsx'
import { startOfDay } from '../theme/time.ts'
import { replyCount } from './ReplyLine.tsx'
import './threadPanel.css'

/** What the panel needs. */
export type ThreadPanelProps = {
  /** The conversation's id. */
  readonly id: string
  /** Absent while it loads. */
  readonly info: Conversation | undefined
  /** The conversation's title. */
  readonly title: string
  /** The offset of the message that the thread began with. */
  readonly root: number
  /** The offset of the reply that a link led to. */
  readonly reply: number | undefined
  /** Those who can be named. */
  readonly people: readonly Person[]
  readonly channel: string
  readonly rights: Rights
  /** What can be done with messages of the conversation. */
  readonly actions: MessageActions
  /** Marks the conversation as read up to an offset; absent while something else is unread. */
  readonly onRead: ((offset: number) => void) | undefined
  readonly onClose: () => void
}

/** A thread. Give it the offset that it began at as key. */
export function ThreadPanel(props: ThreadPanelProps) {
  const { id, info, title, root: offset, reply, people, channel, rights, actions, onRead, onClose } = props
  const thread = useThread(id, offset)
  const { status, error, root, messages, hasOlder, loadingOlder, older } = thread
  const [editing, setEditing] = useState<number>()
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const first = useRef<HTMLOListElement>(null)
  const opening = useMemo(() => (root === undefined ? [] : timeline([root]).filter(isNoDay)), [root])
  const entries = useMemo(() => repliesOf(messages, root?.createdAt ?? 0), [messages, root?.createdAt])
  const newest = messages.at(-1)
  const { atEnd, toMessage, onScroll } = useScroll(scroller, list, {
    newestKey: newest && keyOf(newest),
    newestIsSending: newest?.status === 'sending',
    isLive: true,
    revision: entries,
  })
  useMarkRead(atEnd ? newestOf(messages) : undefined, onRead ?? nothing)
  const within = useWithin(actions, thread, setEditing)
  const loadOlder = useCallback(() => void older(), [older])
  const isReplyMissing =
    reply !== undefined && status === 'ready' && !messages.some((message) => message.offset === reply)

  useEffect(() => {
    if (isReplyMissing && hasOlder && !loadingOlder) loadOlder()
  }, [isReplyMissing, hasOlder, loadingOlder, loadOlder])
  useEffect(() => {
    if (reply !== undefined) toMessage(reply)
  }, [reply, toMessage])

  const editLast = useCallback(() => {
    const last = messages.findLast(isEditable)
    if (last !== undefined) setEditing(last.offset)
  }, [messages])
  const shown = { editing, rights, actions: within }
  return (
    <aside className="beside thread" aria-label="Thread">
      <header className="beside__header">
        <div className="beside__titles">
          <h2>Thread</h2>
          <p>{title}</p>
        </div>
        <IconButton icon={X} label="Close thread" onClick={onClose} />
      </header>
      {status === 'refused' ? (
        <div className="thread__problem">
          <Problem reason={error?.message ?? 'This thread is not to be had.'} />
        </div>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the messages inside */}
          <div
            className="thread__scroller"
            ref={scroller}
            onScroll={onScroll}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
            tabIndex={0}
            onKeyDown={moveAmong}
          >
            {root === undefined && <SkeletonMessages rows={2} />}
            <MessageList list={first} entries={opening} target={undefined} {...shown} />
            {root !== undefined && (
              <p className="thread__count">
                <span>
                  {messages.length === 0 ? 'No replies yet' : replyCount(root.replies ?? messages.length)}
                </span>
              </p>
            )}
            {hasOlder && (
              <MorePages side="older" scroller={scroller} loading={loadingOlder} onReach={loadOlder} />
            )}
            <div role="log" aria-live="polite" aria-label="Replies">
              <MessageList list={list} entries={entries} target={reply} {...shown} />
            </div>
          </div>
          {rightsIn(info).write ? (
            <Composer
              key={offset}
              field={THREAD_COMPOSER_ID}
              draft={threadDraft(id, offset)}
              label="Reply in thread"
              people={people}
              channel={channel}
              onSend={thread.send}
              onEditLast={editLast}
            />
          ) : (
            info?.role !== undefined && <NoWriting info={info} />
          )}
        </>
      )}
    </aside>
  )
}

const nothing = () => {}

const isNoDay = ({ kind }: Entry<ChatMessage>): boolean => kind !== 'day'

// The day that the thread began needs no heading.
const repliesOf = (messages: readonly ChatMessage[], since: number): readonly Entry<ChatMessage>[] =>
  timeline(messages).filter((entry) => entry.kind !== 'day' || startOfDay(entry.at) !== startOfDay(since))

type Sending = Pick<ReturnType<typeof useThread>, 'retry' | 'discard'>

// In a thread there are no threads, what is on its way is the thread's own, and so is the editor.
function useWithin(
  actions: MessageActions,
  { retry, discard }: Sending,
  setEditing: (offset: number | undefined) => void,
): MessageActions {
  return useMemo(() => {
    const { reply: _none, ...others } = actions
    return {
      ...others,
      retry: (message: ChatMessage) => retry(message.id),
      discard: (message: ChatMessage) => discard(message.id),
      edit: (message: ChatMessage | undefined) => {
        setEditing(message?.offset)
        if (message === undefined) focusComposer(THREAD_COMPOSER_ID)
      },
    }
  }, [actions, retry, discard, setEditing])
}
