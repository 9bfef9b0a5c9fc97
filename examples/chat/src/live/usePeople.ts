// Names and pictures of people by user id.
import type { Conversation, UserProfile } from '@nowcast/protocol'
import { useEffect, useMemo } from 'react'
import { useNowcast } from './nowcast.ts'
import { nameOf } from './people.ts'
import { useLive } from './useLive.ts'

/** A person as shown: always with a name. */
export type Person = { readonly id: string; readonly name: string; readonly avatar?: string | undefined }

/** Looks people up by user id; a new function whenever someone new is known. */
export function usePeople(): (id: string) => Person {
  const { people, userId, name } = useNowcast()
  const known = useLive(people)
  return useMemo(() => {
    const persons = new Map<string, Person>()
    return (id: string) => {
      const profile = id === userId ? { id, name, ...known.get(id) } : known.get(id)
      const person = persons.get(id) ?? { id, name: nameOf(id, profile), avatar: profile?.avatar }
      persons.set(id, person)
      return person
    }
  }, [known, userId, name])
}

/** Everybody met so far but oneself, by name. */
export function useOthers(): readonly Person[] {
  const { people, userId } = useNowcast()
  const known = useLive(people)
  return useMemo(
    () =>
      [...known.values()]
        .filter(({ id }) => id !== userId)
        .map((profile: UserProfile) => ({ ...profile, name: nameOf(profile.id, profile) }))
        .sort((one, other) => one.name.localeCompare(other.name)),
    [known, userId],
  )
}

/** Learns the names that come with direct conversations. */
export function useLearnPeers(conversations: readonly Conversation[]): void {
  const { people } = useNowcast()
  useEffect(() => {
    people.learn(conversations.flatMap(({ peer }) => (peer === undefined ? [] : [peer])))
  }, [people, conversations])
}
