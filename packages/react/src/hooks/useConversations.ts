// The user's conversations.
import type { ConversationList, ConversationListSnapshot } from '@nowcast/client'
import { useMemo } from 'react'
import { type Bind, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

type ConversationsActions = Pick<ConversationList, 'create' | 'direct' | 'join' | 'leave' | 'open' | 'search'>

/** The user's conversations, and what begins, finds and leaves them. */
export type ConversationsHandle = ConversationListSnapshot & ConversationsActions

const IDLE: ConversationListSnapshot = {
  status: 'loading',
  conversations: [],
  unread: 0,
  unreadMentions: 0,
}

/** The user's conversations, most recently active first, live while the component is mounted. */
export function useConversations(): ConversationsHandle {
  const { conversations } = useNowcast()
  const snapshot = useBatched<ConversationListSnapshot>(conversations, IDLE)
  const actions = useActions(conversations, actionsOf)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}

const actionsOf = (live: ConversationList, bind: Bind<ConversationList>): ConversationsActions => ({
  create: bind(live.create),
  direct: bind(live.direct),
  join: bind(live.join),
  leave: bind(live.leave),
  open: bind(live.open),
  search: bind(live.search),
})
