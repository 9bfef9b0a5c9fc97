// Where the log stands: it stays at the newest message when it is there, and otherwise holds what is in view
// still while messages come above and below.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Pixels from the end that still count as the end. */
const NEAR_END_PX = 56

/** The children that hold the view still. */
const ANCHORS = '[data-status]'

/** What the log shows now. */
export type ScrollContent = {
  readonly newestKey: string | undefined
  /** True while the newest message is one that this person just sent. */
  readonly newestIsSending: boolean
  /** Anything that changes with the content. */
  readonly revision: unknown
}

/** The state of the log's scrolling. */
export type Scroll = {
  readonly atEnd: boolean
  /** The key of the newest message at the moment the reader scrolled up; absent at the end. */
  readonly leftAt: string | undefined
  readonly onScroll: () => void
  readonly toEnd: () => void
}

type Anchor = { readonly element: Element; readonly top: number }

/** Keeps the log in place. `list` holds one child per entry. */
export function useScroll(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  { newestKey, newestIsSending, revision }: ScrollContent,
): Scroll {
  const [leftAt, setLeftAt] = useState<string>()
  const following = useRef(true)
  const anchor = useRef<Anchor>(undefined)
  const before = useRef<string>(undefined)

  const settle = useCallback(() => {
    const view = scroller.current
    if (view === null) return
    if (following.current) view.scrollTop = view.scrollHeight
    else if (anchor.current !== undefined) holdStill(view, anchor.current)
    anchor.current = list.current === null ? undefined : anchorOf(view, list.current)
  }, [scroller, list])

  const onScroll = useCallback(() => {
    const view = scroller.current
    if (view === null) return
    following.current = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END_PX
    anchor.current = list.current === null ? undefined : anchorOf(view, list.current)
    setLeftAt((left) => (following.current ? undefined : (left ?? newestKey)))
  }, [scroller, list, newestKey])

  const toEnd = useCallback(() => {
    following.current = true
    setLeftAt(undefined)
    settle()
  }, [settle])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision says that the content changed
  useLayoutEffect(() => {
    if (newestIsSending && newestKey !== before.current) {
      following.current = true
      setLeftAt(undefined)
    }
    before.current = newestKey
    settle()
  }, [revision, newestKey, newestIsSending, settle])

  // The composer grows, a keyboard opens, the window changes: the end stays the end.
  useEffect(() => {
    const view = scroller.current
    if (view === null) return
    const observer = new ResizeObserver(settle)
    observer.observe(view)
    if (list.current !== null) observer.observe(list.current)
    return () => observer.disconnect()
  }, [scroller, list, settle])

  return { atEnd: leftAt === undefined, leftAt, onScroll, toEnd }
}

const topIn = (view: Element, element: Element): number =>
  element.getBoundingClientRect().top - view.getBoundingClientRect().top

function holdStill(view: Element, { element, top }: Anchor): void {
  if (element.isConnected) view.scrollTop += topIn(view, element) - top
}

// The first child that reaches into view, by halving: the children stand in order.
function anchorOf(view: Element, list: Element): Anchor | undefined {
  const edge = view.getBoundingClientRect().top
  let low = 0
  let high = list.children.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const bottom = list.children[middle]?.getBoundingClientRect().bottom ?? 0
    if (bottom > edge) high = middle
    else low = middle + 1
  }
  let element = list.children[low] ?? null
  // The heading of a day moves up when older messages of that day come; a message stays with its neighbours.
  while (element !== null && !element.matches(ANCHORS)) element = element.nextElementSibling
  return element === null ? undefined : { element, top: topIn(view, element) }
}
