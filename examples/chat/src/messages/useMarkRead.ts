// Marks a conversation as read while its newest message is in view of somebody.
import { useEffect } from 'react'

/**
 * Marks everything up to `offset` as read while the page is visible.
 * @param offset undefined: nothing
 */
export function useMarkRead(offset: number | undefined, markRead: (offset: number) => void): void {
  useEffect(() => {
    if (offset === undefined) return
    const mark = () => {
      if (document.visibilityState === 'visible') markRead(offset)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [markRead, offset])
}
