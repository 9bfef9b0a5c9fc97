// The client of the signed-in person, handed down to every screen, and the hooks over it.
import type { createClient } from '@nowcast/client'
import { createContext, use, useMemo } from 'react'
import type { People } from './people.ts'
import type { ReadMarks } from './readMarks.ts'
import { useLive } from './useLive.ts'

/** The Nowcast client. */
type Nowcast = ReturnType<typeof createClient>

/** One conversation to act on; the same object for the same id. */
export type LiveConversation = ReturnType<Nowcast['conversation']>

/** The live state of one conversation. */
export type ConversationSnapshot = ReturnType<LiveConversation['getSnapshot']>

/** A message as this page shows it: with the state of its sending. */
export type ChatMessage = ConversationSnapshot['messages'][number]

/** Everything that belongs to one signed-in person on this page. */
export type Live = {
  readonly nowcast: Nowcast
  /** The signed-in person's user id. */
  readonly userId: string
  readonly name: string
  readonly people: People
  readonly readMarks: ReadMarks
}

const LiveContext = createContext<Live | undefined>(undefined)

/** Gives the screens below it the signed-in person's client. */
export const LiveProvider = LiveContext.Provider

/** The signed-in person's client and stores. Throws outside of `LiveProvider`. */
export function useNowcast(): Live {
  const live = use(LiveContext)
  if (live === undefined) throw new Error('useNowcast is used outside of LiveProvider.')
  return live
}

/** The state of the connection. */
export const useConnection = () => useLive(useNowcast().nowcast.connection)

/** The person's conversations. */
export const useConversations = () => useLive(useNowcast().nowcast.conversations)

/** One conversation to act on, and its current state. */
export function useConversation(id: string): {
  readonly live: LiveConversation
  readonly snapshot: ConversationSnapshot
} {
  const { nowcast } = useNowcast()
  const live = useMemo(() => nowcast.conversation(id), [nowcast, id])
  return { live, snapshot: useLive(live) }
}
