// Marks a conversation as read while its newest message is in view of somebody.

import type { ChatMessage } from '@nowcast/react'
import { useEffect } from 'react'

/** Marks everything as read while the log stands at its end in a visible page. */
export function useMarkRead(
  messages: readonly ChatMessage[],
  atEnd: boolean,
  markRead: (offset: number) => void,
): void {
  const offset = messages.findLast(({ offset }) => offset > 0)?.offset
  useEffect(() => {
    if (!atEnd || offset === undefined) return
    const mark = () => {
      if (document.visibilityState === 'visible') markRead(offset)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [markRead, offset, atEnd])
}
