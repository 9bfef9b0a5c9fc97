// A thread as a page shows it.
import type { LiveThread, ThreadSnapshot } from '@nowcast/client'
import { useMemo } from 'react'
import { type Actions, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

/** A thread, and everything that can be done with it. */
export type ThreadHandle = ThreadSnapshot & Actions<LiveThread>

const IDLE: ThreadSnapshot = {
  status: 'idle',
  messages: [],
  hasOlder: false,
  loadingOlder: false,
  hasNewer: false,
  loadingNewer: false,
}

/**
 * A thread, loaded and live while the component is mounted. What the user does themselves is shown at once.
 * @param conversation its id; null: none
 * @param offset the place of the message that the thread began with
 */
export function useThread(conversation: string | null, offset: number): ThreadHandle {
  const client = useNowcast()
  const thread = useMemo(
    () => client.conversation(conversation ?? '').thread(offset),
    [client, conversation, offset],
  )
  const snapshot = useBatched<ThreadSnapshot>(conversation === null ? undefined : thread, IDLE)
  const actions = useActions(thread)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}
