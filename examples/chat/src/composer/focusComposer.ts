// A composer takes the focus back when something else is done with it.

/** The element id of the conversation's text field; there is one on the page. */
export const COMPOSER_ID = 'composer'

/** The element id of the thread's text field; there is at most one on the page. */
export const THREAD_COMPOSER_ID = 'thread-composer'

/** Moves the focus to a composer. */
export function focusComposer(field: string = COMPOSER_ID): void {
  document.getElementById(field)?.focus()
}
