// Whether somebody is at the page, as far as a browser can tell.
import type { Timers } from '../timers.ts'

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel', 'scroll', 'visibilitychange']
// Scrolling does not bubble.
const LISTENING = { passive: true, capture: true }

/**
 * Tells when there was no sign of anybody for `awayAfterMs`, and when there is one again. Outside of browsers: never.
 * @returns stops that
 */
export function watchActivity(
  timers: Timers,
  awayAfterMs: number,
  changed: (away: boolean) => void,
): () => void {
  if (typeof document === 'undefined') return () => {}
  let activeAt = timers.now()
  let away = false
  let cancel = () => {}
  // One timer that looks at what was last, in place of one that each movement of the mouse would begin anew.
  const check = () => {
    const remainingMs = activeAt + awayAfterMs - timers.now()
    if (remainingMs > 0) {
      cancel = timers.after(remainingMs, check)
      return
    }
    away = true
    changed(true)
  }
  const active = () => {
    if (document.visibilityState === 'hidden') return
    activeAt = timers.now()
    if (!away) return
    away = false
    changed(false)
    check()
  }
  check()
  for (const sign of SIGNS) document.addEventListener(sign, active, LISTENING)
  return () => {
    cancel()
    for (const sign of SIGNS) document.removeEventListener(sign, active, LISTENING)
  }
}
