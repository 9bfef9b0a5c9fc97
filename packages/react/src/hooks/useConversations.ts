// The user's conversations.
import type { ConversationList, ConversationListSnapshot } from '@nowcast/client'
import { useMemo } from 'react'
import { type Actions, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

/** The user's conversations, and what begins, finds and leaves them. */
export type ConversationsHandle = ConversationListSnapshot & Actions<ConversationList>

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
  const actions = useActions(conversations)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}
