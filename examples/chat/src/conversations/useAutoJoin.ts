// A newcomer lands where everybody is: the open conversation that development servers start with.
import { type Conversation, useNowcast } from '@nowcast/react'
import { useEffect, useRef } from 'react'
import { navigate } from '../app/route.ts'
import { useMe } from '../signIn/me.ts'

const GENERAL = 'general'
const key = (userId: string): string => `nowcast.chat.left-general.${userId}`

/** Remembers whether a person wants to stay out of the common conversation. */
export function rememberLeaving(userId: string, conversation: string): void {
  if (conversation === GENERAL) localStorage.setItem(key(userId), 'yes')
}

/** Joins the common conversation when there is no other, unless the person has left it before. */
export function useAutoJoin(
  status: 'loading' | 'ready' | 'error',
  conversations: readonly Conversation[],
): void {
  const nowcast = useNowcast()
  const { id: userId } = useMe()
  const tried = useRef(false)
  const alone = status === 'ready' && conversations.length === 0
  useEffect(() => {
    if (!alone || tried.current || localStorage.getItem(key(userId)) !== null) return
    tried.current = true
    // A server without that conversation leaves the list empty, and the empty list says what to do.
    nowcast.conversations.join(GENERAL).then(
      () => {
        if (location.hash.length < 3) navigate(GENERAL)
      },
      () => undefined,
    )
  }, [alone, nowcast, userId])
}
