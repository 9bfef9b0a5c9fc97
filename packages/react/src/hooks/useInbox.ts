// What was sent to the user while no device was there to take it.
import type { InboxListener } from '@nowcast/client'
import { useEffect } from 'react'
import { useLatest } from '../live/useLatest.ts'
import { useNowcast } from '../provider/context.ts'

/**
 * Hears, after each connection and while the component is mounted, what the user has missed: each message once.
 * @param listener called with the messages, oldest first; it may be another function at each render
 */
export function useInbox(listener: InboxListener): void {
  const { inbox } = useNowcast()
  const latest = useLatest(listener)
  useEffect(() => inbox.on((messages, more) => latest.current(messages, more)), [inbox, latest])
}
