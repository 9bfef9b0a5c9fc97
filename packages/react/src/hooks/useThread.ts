// A thread as a page shows it.
import type { LiveThread, ThreadSnapshot } from '@nowcast/client'
import { useMemo } from 'react'
import { type Bind, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

type ThreadActions = Pick<LiveThread, 'send' | 'retry' | 'discard' | 'older' | 'newer' | 'reload'>

/** A thread, and everything that can be done with it. */
export type ThreadHandle = ThreadSnapshot & ThreadActions

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
  const actions = useActions(thread, actionsOf)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}

const actionsOf = (live: LiveThread, bind: Bind<LiveThread>): ThreadActions => ({
  send: bind(live.send),
  retry: bind(live.retry),
  discard: bind(live.discard),
  older: bind(live.older),
  newer: bind(live.newer),
  reload: bind(live.reload),
})
