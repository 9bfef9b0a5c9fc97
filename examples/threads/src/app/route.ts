// The address of what is open: `#/` is the list, `#/threads/<id>` a thread.
import { Variable } from '../realtime/variable.ts'
import { useStore } from '../theme/useStore.ts'

/** What is open. */
export type Place = { readonly page: 'list' } | { readonly page: 'thread'; readonly id: string }

const THREAD = /^#\/threads\/([\w-]+)$/

/** The place that an address means; the list, where it means nothing. */
export function placeOf(address: string): Place {
  const id = THREAD.exec(address)?.[1]
  return id === undefined ? { page: 'list' } : { page: 'thread', id }
}

/** The address of the list. */
export const LIST_ADDRESS = '#/'

/** The address of a thread. */
export const threadAddress = (id: string): string => `#/threads/${id}`

const address = new Variable(location.hash)
addEventListener('hashchange', () => address.set(location.hash))

/** What is open now. */
export function usePlace(): Place {
  return placeOf(useStore(address))
}

/** Opens the place at an address. */
export function navigate(to: string): void {
  location.hash = to
}
