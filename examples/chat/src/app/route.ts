// The address of what is open, and the ways to other places.
import { useMemo } from 'react'
import { useStore } from '../theme/useStore.ts'
import { addressOf, type Place, placeOf } from './place.ts'

/** Visits so far and the address of the last one: the same address again is another visit. */
type Visit = { readonly count: number; readonly address: string }

const listeners = new Set<() => void>()
let visit: Visit = { count: 0, address: location.hash }

function visited(): void {
  visit = { count: visit.count + 1, address: location.hash }
  for (const listener of listeners) listener()
}

addEventListener('hashchange', visited)

const visits = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  getSnapshot: (): Visit => visit,
}

/** What is in the address; another object with every visit, be it to the same place. */
export function usePlace(): Place | undefined {
  const last = useStore(visits)
  return useMemo(() => placeOf(last.address), [last])
}

/** The id of the conversation in the address. */
export const useRoute = (): string | undefined => usePlace()?.conversation

type Within = Omit<Place, 'conversation'>

/** Puts a place into the address instead of what stands there: going back leads to where one came from. */
export function settle(conversation: string, within: Within = {}): void {
  location.replace(addressOf({ conversation, ...within }))
}

/** Opens a conversation, with a message of it in view or something beside it; with `undefined` the list alone. */
export function navigate(conversation: string | undefined, within: Within = {}): void {
  const address = addressOf(conversation === undefined ? undefined : { conversation, ...within })
  if (address === location.hash) visited()
  else location.hash = address
}

/** The whole address of a place, to be given to others. */
export const linkTo = (place: Place): string => location.href.replace(/#.*$/, '') + addressOf(place)
