// The members of a conversation, loaded when it opens and again when their number changes.
import type { ConversationMember } from '@nowcast/protocol'
import { useEffect, useState } from 'react'
import { reasonOf } from './errors.ts'
import { type LiveConversation, useNowcast } from './nowcast.ts'

/** The members as far as they are loaded. Earlier members stay in view while newer ones load. */
export type Members =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly members: readonly ConversationMember[] }
  | { readonly status: 'error'; readonly reason: string }

/**
 * The members of a conversation.
 * @param version loads them again when it changes, e.g. the number of members; `undefined` waits
 */
export function useMembers(conversation: LiveConversation, version: string | undefined): Members {
  const { people } = useNowcast()
  const [state, setState] = useState<Members>({ status: 'loading' })
  useEffect(() => {
    if (version === undefined) return
    let stale = false
    conversation.members().then(
      (members) => {
        if (stale) return
        people.learn(members)
        setState({ status: 'ready', members })
      },
      (error: unknown) => {
        if (!stale) setState((before) => failed(before, reasonOf(error)))
      },
    )
    return () => {
      stale = true
    }
  }, [conversation, version, people])
  return state
}

const failed = (before: Members, reason: string): Members =>
  before.status === 'ready' ? before : { status: 'error', reason }
