// The address of what is open: `#/c/<conversation>`, or nothing.
import { useStore } from '../theme/useStore.ts'

const PREFIX = '#/c/'

const hash = {
  subscribe(listener: () => void): () => void {
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  },
  getSnapshot: (): string => location.hash,
}

function conversationOf(fragment: string): string | undefined {
  if (!fragment.startsWith(PREFIX)) return undefined
  try {
    return decodeURIComponent(fragment.slice(PREFIX.length)) || undefined
  } catch {
    return undefined
  }
}

/** The id of the conversation in the address. */
export const useRoute = (): string | undefined => conversationOf(useStore(hash))

/** Puts a conversation into the address in place of what stands there: going back leads to where one came from. */
export function settle(conversation: string): void {
  location.replace(PREFIX + encodeURIComponent(conversation))
}

/** Opens a conversation, or with `undefined` the list alone. */
export function navigate(conversation: string | undefined): void {
  location.hash = conversation === undefined ? '#/' : PREFIX + encodeURIComponent(conversation)
}
