// The address of what is open, and the ways to other places.
import { useMemo } from 'react'
import { useStore } from '../theme/useStore.ts'
import { addressOf, type Place, placeOf } from './place.ts'

const hash = {
  subscribe(listener: () => void): () => void {
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  },
  getSnapshot: (): string => location.hash,
}

/** What is in the address; the same object until that changes. */
export function usePlace(): Place | undefined {
  const address = useStore(hash)
  return useMemo(() => placeOf(address), [address])
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
  location.hash = addressOf(conversation === undefined ? undefined : { conversation, ...within })
}

/** The whole address of a place, to be given to others. */
export const linkTo = (place: Place): string => location.href.replace(/#.*$/, '') + addressOf(place)
