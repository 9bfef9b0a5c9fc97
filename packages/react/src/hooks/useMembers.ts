// The members of a conversation.
import type { MembershipSnapshot } from '@nowcast/client'
import { useMemo } from 'react'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

const IDLE: MembershipSnapshot = { status: 'idle', members: [] }

/**
 * The members of a conversation, by name, live while the component is mounted.
 * @param conversation its id; null: none
 */
export function useMembers(conversation: string | null): MembershipSnapshot {
  const client = useNowcast()
  const membership = useMemo(
    () => (conversation === null ? undefined : client.conversation(conversation).membership),
    [client, conversation],
  )
  return useBatched<MembershipSnapshot>(membership, IDLE)
}
