// What a browser knows of the network and of the page; elsewhere it is always online and visible.

/** Hears what happens around the page. */
export interface SurroundingsListener {
  online(): void
  offline(): void
  /** The page became visible: timers may have slept until now. */
  visible(): void
}

/** False when the browser knows that there is no network. */
export const isOnline = (): boolean => globalThis.navigator?.onLine !== false

/** Listens to the page. @returns stops that */
export function watchSurroundings(listener: SurroundingsListener): () => void {
  if (typeof globalThis.addEventListener !== 'function' || typeof document === 'undefined') return () => {}
  const visible = () => document.visibilityState === 'visible' && listener.visible()
  const pairs = [
    [globalThis, 'online', listener.online],
    [globalThis, 'offline', listener.offline],
    [document, 'visibilitychange', visible],
  ] as const
  for (const [target, name, run] of pairs) target.addEventListener(name, run)
  return () => {
    for (const [target, name, run] of pairs) target.removeEventListener(name, run)
  }
}
