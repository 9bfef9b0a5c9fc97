// What the log's scrolling rests on: where things stand in view, and moving them.

/** Pixels from the end that still count as the end. */
const NEAR_END_PX = 56

/** The children that hold the view still. */
const ANCHORS = '[data-status]'

/** Something with a place on the page. */
export type Placed = { getBoundingClientRect(): { readonly top: number } }

/** The scrolling view. */
export type View = Placed & Pick<Element, 'scrollTop' | 'scrollHeight' | 'clientHeight'>

/** The text of a message in the list, where it stood and how far the view was scrolled, in pixels. */
export type Anchor = {
  readonly element: Placed & Pick<Element, 'isConnected'>
  /** From the upper edge of the view. */
  readonly top: number
  readonly scrollTop: number
}

/** True when the end is in view, or nearly. */
export const isNearEnd = (view: View): boolean => lastScrollTop(view) - view.scrollTop < NEAR_END_PX

/** Where the log is to go once that is shown: to its end, to the line above what is new, or to a message. */
export type Goal =
  | { readonly kind: 'end' }
  | { readonly kind: 'new' }
  | { readonly kind: 'message'; readonly offset: number }

/** The element that a goal leads to; absent while it is not shown, and for the end. */
export function elementOf(list: Element, goal: Goal | undefined): HTMLElement | undefined {
  if (goal === undefined || goal.kind === 'end') return undefined
  const selector = goal.kind === 'new' ? '.day--new' : `[data-offset="${goal.offset}"]`
  return list.querySelector<HTMLElement>(selector) ?? undefined
}

/**
 * Scrolls so that the anchor stands where it stood, or where the reader has moved it since: the browser tells of
 * scrolling only with the next frame, and content that comes before that must not undo it.
 */
export function holdStill(view: View, { element, top, scrollTop }: Anchor): void {
  if (!element.isConnected) return
  // Content that became shorter took the view along; that is no movement of the reader's.
  const scrolled = view.scrollTop - Math.min(scrollTop, lastScrollTop(view))
  view.scrollTop += topIn(view, element) - (top - scrolled)
}

/** The first child that reaches into view, by halving: the children stand in order. */
export function anchorOf(view: Element, list: Element): Anchor | undefined {
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
  if (element === null) return undefined
  // The name above a text goes when an earlier message by the same person comes; the text is what is read.
  const text = element.querySelector('.message__body') ?? element
  return { element: text, top: topIn(view, text), scrollTop: view.scrollTop }
}

const lastScrollTop = (view: View): number => view.scrollHeight - view.clientHeight

const topIn = (view: Placed, element: Placed): number =>
  element.getBoundingClientRect().top - view.getBoundingClientRect().top
