// A conversation as a page shows it.
import type { ConversationSnapshot, LiveConversation } from '@nowcast/client'
import { useMemo } from 'react'
import { type Bind, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

type ConversationActions = Pick<
  LiveConversation,
  | 'send'
  | 'retry'
  | 'discard'
  | 'older'
  | 'newer'
  | 'jump'
  | 'toNewest'
  | 'markRead'
  | 'edit'
  | 'delete'
  | 'react'
  | 'pin'
  | 'thread'
  | 'reload'
  | 'pins'
  | 'versions'
  | 'readers'
  | 'message'
  | 'members'
  | 'invite'
  | 'remove'
  | 'setRole'
  | 'update'
  | 'archive'
  | 'search'
>

/** A conversation, and everything that can be done with it. */
export type ConversationHandle = ConversationSnapshot & ConversationActions

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
  const actions = useActions(live, actionsOf)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}

const actionsOf = (live: LiveConversation, bind: Bind<LiveConversation>): ConversationActions => ({
  send: bind(live.send),
  retry: bind(live.retry),
  discard: bind(live.discard),
  older: bind(live.older),
  newer: bind(live.newer),
  jump: bind(live.jump),
  toNewest: bind(live.toNewest),
  markRead: bind(live.markRead),
  edit: bind(live.edit),
  delete: bind(live.delete),
  react: bind(live.react),
  pin: bind(live.pin),
  thread: bind(live.thread),
  reload: bind(live.reload),
  pins: bind(live.pins),
  versions: bind(live.versions),
  readers: bind(live.readers),
  message: bind(live.message),
  members: bind(live.members),
  invite: bind(live.invite),
  remove: bind(live.remove),
  setRole: bind(live.setRole),
  update: bind(live.update),
  archive: bind(live.archive),
  search: bind(live.search),
})
