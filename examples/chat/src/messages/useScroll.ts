// Where the log stands: it stays at the newest message when it is there, and otherwise holds what is in view
// still while messages come above and below.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { type Anchor, anchorOf, holdStill, isNearEnd, messageAt } from './scrolling.ts'

/** What the log shows now. */
export type ScrollContent = {
  readonly newestKey: string | undefined
  /** True while the newest message is one that this person just sent. */
  readonly newestIsSending: boolean
  /** False in the past: what is shown last is not the newest message. */
  readonly isLive: boolean
  /** Anything that changes with the content. */
  readonly revision: unknown
}

/** The state of the log's scrolling. */
export type Scroll = {
  /** True while the newest message is in view. */
  readonly atEnd: boolean
  /** The key of the newest message at the moment the reader scrolled up; absent at the end. */
  readonly leftAt: string | undefined
  readonly onScroll: () => void
  /** Goes to the newest message, as soon as it is shown. */
  readonly toEnd: () => void
  /** Goes to a message, as soon as it is shown. */
  readonly toMessage: (offset: number) => void
}

/** Where the log is to go once that is shown. */
type Goal = { readonly kind: 'end' } | { readonly kind: 'message'; readonly offset: number }

/** Keeps the log in place. `list` holds one child per entry. */
export function useScroll(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  { newestKey, newestIsSending, isLive, revision }: ScrollContent,
): Scroll {
  const [leftAt, setLeftAt] = useState<string>()
  const following = useRef(true)
  const live = useRef(isLive)
  const goal = useRef<Goal>(undefined)
  const anchor = useRef<Anchor>(undefined)
  const before = useRef<string>(undefined)

  const settle = useCallback(() => {
    const view = scroller.current
    const entries = list.current
    if (view === null || entries === null) return
    const wanted = goal.current
    const target = wanted?.kind === 'message' ? messageAt(entries, wanted.offset) : undefined
    if (wanted?.kind === 'end' && live.current) following.current = true
    if (target !== undefined) following.current = false
    if (target !== undefined || following.current) goal.current = undefined
    // From the past, the end of what is shown is as far as it goes until the newest are there.
    if (following.current || wanted?.kind === 'end') view.scrollTop = view.scrollHeight
    else if (target !== undefined) showInMiddle(target)
    else if (anchor.current !== undefined) holdStill(view, anchor.current)
    anchor.current = anchorOf(view, entries)
  }, [scroller, list])

  const onScroll = useCallback(() => {
    const view = scroller.current
    if (view === null) return
    following.current = live.current && isNearEnd(view)
    anchor.current = list.current === null ? undefined : anchorOf(view, list.current)
    setLeftAt((left) => (following.current ? undefined : (left ?? newestKey)))
  }, [scroller, list, newestKey])

  const toEnd = useCallback(() => {
    goal.current = { kind: 'end' }
    setLeftAt(undefined)
    settle()
  }, [settle])

  const toMessage = useCallback(
    (offset: number) => {
      following.current = false
      goal.current = { kind: 'message', offset }
      settle()
    },
    [settle],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision says that the content changed
  useLayoutEffect(() => {
    live.current = isLive
    if (!isLive) following.current = false
    if (newestIsSending && newestKey !== before.current) {
      goal.current = { kind: 'end' }
      setLeftAt(undefined)
    }
    before.current = newestKey
    settle()
  }, [revision, newestKey, newestIsSending, isLive, settle])

  // The composer grows, a keyboard opens, the window changes: the end stays the end.
  useEffect(() => {
    const view = scroller.current
    if (view === null) return
    const observer = new ResizeObserver(settle)
    observer.observe(view)
    if (list.current !== null) observer.observe(list.current)
    return () => observer.disconnect()
  }, [scroller, list, settle])

  return { atEnd: isLive && leftAt === undefined, leftAt, onScroll, toEnd, toMessage }
}

function showInMiddle(message: HTMLElement): void {
  message.scrollIntoView({ block: 'center' })
  // The keyboard goes on from there, and those who listen hear it.
  message.focus({ preventScroll: true })
}
