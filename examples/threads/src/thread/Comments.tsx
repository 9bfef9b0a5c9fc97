// The discussion.
import { useCallback, useEffect, useRef } from 'react'
import { useMe, usePeople } from '../app/me.tsx'
import { notify } from '../data/notices.ts'
import type { ShownComment } from '../data/threadState.ts'
import { reasonOf } from '../theme/errors.ts'
import { useStore } from '../theme/useStore.ts'
import { CommentComposer } from './CommentComposer.tsx'
import { CommentItem } from './CommentItem.tsx'
import './comments.css'
import { TypingLine } from './TypingLine.tsx'
import type { OpenThread } from './useThreadLive.ts'

/** What the discussion needs. */
export interface CommentsProps {
  readonly open: OpenThread
  /** The oldest first. */
  readonly comments: readonly ShownComment[]
  /** How many the thread has; there may be more than are loaded. */
  readonly total: number
}

/** The comments, and a place to write another. */
export function Comments({ open, comments, total }: CommentsProps) {
  const { live, typing } = open
  const composer = useRef<HTMLTextAreaElement>(null)
  const wantsFocus = useRef(false)
  // The row that is taken away had the focus.
  const gone = useCallback(() => {
    wantsFocus.current = true
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the row is gone
  useEffect(() => {
    if (!wantsFocus.current) return
    wantsFocus.current = false
    composer.current?.focus()
  }, [comments])
  const loaded = comments.filter(({ delivery }) => delivery.status === 'sent').length
  return (
    <section aria-labelledby="comments-heading">
      <h2 id="comments-heading" className="section-heading">
        Discussion
      </h2>
      {loaded < total && loaded > 0 && <Earlier onLoad={() => live.loadEarlier()} />}
      {comments.length === 0 && <p className="comments__none">Nobody has commented yet.</p>}
      <div role="log" aria-label="Comments">
        <ol className="comments">
          {comments.map((comment) => (
            <CommentItem key={comment.id} live={live} comment={comment} onGone={gone} />
          ))}
        </ol>
      </div>
      <TypingNames open={open} />
      <CommentComposer live={live} typing={typing} field={composer} />
    </section>
  )
}

function TypingNames({ open: { typing } }: { readonly open: OpenThread }) {
  const users = useStore(typing.users)
  const personOf = usePeople()
  const { user } = useMe()
  return <TypingLine names={users.filter((id) => id !== user.id).map((id) => personOf(id).name)} />
}

function Earlier({ onLoad }: { readonly onLoad: () => Promise<void> }) {
  const load = () => {
    onLoad().catch((error: unknown) => notify(`Earlier comments could not be loaded. ${reasonOf(error)}`))
  }
  return (
    <button type="button" className="button button--small comments__earlier" onClick={load}>
      Show earlier comments
    </button>
  )
}
