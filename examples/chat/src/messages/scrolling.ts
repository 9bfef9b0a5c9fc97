// What the log's scrolling rests on: where things stand in view, and moving them.

/** Pixels from the end that still count as the end. */
const NEAR_END_PX = 56

/** The children that hold the view still. */
const ANCHORS = '[data-status]'

/** A child of the list and where it stood, in pixels from the upper edge of the view. */
export type Anchor = { readonly element: Element; readonly top: number }

/** True when the end is in view, or nearly. */
export const isNearEnd = (view: Element): boolean =>
  view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END_PX

/** The element of a message. */
export const messageAt = (list: Element, offset: number): HTMLElement | undefined =>
  list.querySelector<HTMLElement>(`[data-offset="${offset}"]`) ?? undefined

/** Scrolls so that the anchor stands where it stood. */
export function holdStill(view: Element, { element, top }: Anchor): void {
  if (element.isConnected) view.scrollTop += topIn(view, element) - top
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
  return element === null ? undefined : { element, top: topIn(view, element) }
}

const topIn = (view: Element, element: Element): number =>
  element.getBoundingClientRect().top - view.getBoundingClientRect().top
