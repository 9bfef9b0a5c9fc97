// The composer takes the focus back when something else is done with it.

/** The element id of the composer's text field; there is one on the page. */
export const COMPOSER_ID = 'composer'

/** Moves the focus to the composer. */
export function focusComposer(): void {
  document.getElementById(COMPOSER_ID)?.focus()
}
