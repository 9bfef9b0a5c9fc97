// Names and pictures of people by user id.
import type { Conversation, UserProfile } from '@nowcast/react'
import { createContext, use, useEffect, useMemo } from 'react'
import { useMe } from '../signIn/me.ts'
import { useStore } from '../theme/useStore.ts'
import { createProfiles, nameOf, type Profiles } from './profiles.ts'

/** A person as shown: always with a name. */
export type Person = { readonly id: string; readonly name: string; readonly avatar?: string | undefined }

const ProfilesContext = createContext<Profiles>(createProfiles())

/** Gives the screens below it the people met so far. */
export const ProfilesProvider = ProfilesContext.Provider

/** Looks people up by user id; a new function whenever someone new is known. */
export function usePersons(): (id: string) => Person {
  const { id: userId, name } = useMe()
  const known = useStore(use(ProfilesContext))
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
  const { id: userId } = useMe()
  const known = useStore(use(ProfilesContext))
  return useMemo(
    () =>
      [...known.values()]
        .filter(({ id }) => id !== userId)
        .map((profile: UserProfile) => ({ ...profile, name: nameOf(profile.id, profile) }))
        .sort((one, other) => one.name.localeCompare(other.name)),
    [known, userId],
  )
}

/** Learns names and pictures. */
export function useLearn(profiles: readonly UserProfile[]): void {
  const known = use(ProfilesContext)
  useEffect(() => known.learn(profiles), [known, profiles])
}

/** Learns the names that come with direct conversations. */
export function useLearnPeers(conversations: readonly Conversation[]): void {
  useLearn(
    useMemo(() => conversations.flatMap(({ peer }) => (peer === undefined ? [] : [peer])), [conversations]),
  )
}
