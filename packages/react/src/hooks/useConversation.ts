// A conversation as a page shows it.
import type { ConversationSnapshot, LiveConversation } from '@nowcast/client'
import { useMemo } from 'react'
import { type Actions, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

/** A conversation, and everything that can be done with it. */
export type ConversationHandle = ConversationSnapshot & Actions<LiveConversation>

const IDLE: ConversationSnapshot = {
  status: 'idle',
  messages: [],
  hasOlder: false,
  loadingOlder: false,
  hasNewer: false,
  loadingNewer: false,
  receipts: [],
}

/**
 * A conversation, loaded and live while the component is mounted. What the user does themselves is shown at once.
 * @param id null: none; its actions are of no use then
 */
export function useConversation(id: string | null): ConversationHandle {
  const client = useNowcast()
  const live = useMemo(() => client.conversation(id ?? ''), [client, id])
  const snapshot = useBatched(id === null ? undefined : live, IDLE)
  const actions = useActions(live)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}
