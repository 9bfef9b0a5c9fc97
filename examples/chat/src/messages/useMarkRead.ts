// Marks a conversation as read while its newest message is in view of somebody.
import { useEffect } from 'react'
import { type ChatMessage, useNowcast } from '../live/nowcast.ts'

/** Marks everything as read while the log stands at its end in a visible page. */
export function useMarkRead(id: string, messages: readonly ChatMessage[], atEnd: boolean): void {
  const { readMarks } = useNowcast()
  const offset = messages.findLast(({ status }) => status === 'sent')?.offset
  useEffect(() => {
    if (!atEnd || offset === undefined) return
    const mark = () => {
      if (document.visibilityState === 'visible') readMarks.mark(id, offset)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [readMarks, id, offset, atEnd])
}
