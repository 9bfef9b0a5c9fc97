// How users are.
import type { PersonStatus } from '@nowcast/client'
import { useMemo } from 'react'
import { useBatched } from '../live/useBatched.ts'
import { useLive } from '../live/useLive.ts'
import { useNowcast } from '../provider/context.ts'

const NOBODY: ReadonlyMap<string, PersonStatus> = new Map()

/** How a user is, while the component is mounted; undefined until that is known. */
export function usePerson(id: string | null): PersonStatus | undefined {
  const { people } = useNowcast()
  const person = useMemo(() => (id === null ? undefined : people.person(id)), [people, id])
  return useLive(person, undefined)
}

/** How several users are, by id, while the component is mounted; those who are not known yet are missing. */
export function usePeople(ids: readonly string[]): ReadonlyMap<string, PersonStatus> {
  const { people } = useNowcast()
  // The same ids are the same question, although they are another array at each render.
  const list = JSON.stringify(ids)
  const several = useMemo(() => people.several(JSON.parse(list)), [people, list])
  return useBatched(several, NOBODY)
}
