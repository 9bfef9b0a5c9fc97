// Who is who: messages carry user ids, names come with members. Learned as conversations are opened.
import type { UserProfile } from '@nowcast/react'

const MAX_PEOPLE = 2000

/** The people met so far: an external store of profiles by user id. */
export type Profiles = {
  subscribe(listener: () => void): () => void
  getSnapshot(): ReadonlyMap<string, UserProfile>
  /** Remembers profiles; newer ones replace older ones. */
  learn(profiles: readonly UserProfile[]): void
}

const same = (one: UserProfile | undefined, other: UserProfile): boolean =>
  one !== undefined && one.name === other.name && one.avatar === other.avatar

/** An empty store of profiles. */
export function createProfiles(): Profiles {
  const listeners = new Set<() => void>()
  let people: ReadonlyMap<string, UserProfile> = new Map()
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    getSnapshot: () => people,
    learn(profiles) {
      const news = profiles.filter((profile) => !same(people.get(profile.id), profile))
      if (news.length === 0) return
      const entries = [...people, ...news.map((profile) => [profile.id, profile] as const)]
      people = new Map(entries.slice(-MAX_PEOPLE))
      for (const listener of listeners) listener()
    },
  }
}

/** A name to show for a user: their own, or their id written as one. */
export function nameOf(id: string, profile: UserProfile | undefined): string {
  if (profile?.name !== undefined && profile.name !== '') return profile.name
  return id
    .split(/[-_.]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
