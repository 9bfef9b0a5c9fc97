// Says above a message that it is pinned, and leads to everything that is.
import type { ChatMessage } from '@nowcast/react'
import { Pin } from 'lucide-react'
import { usePersons } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'

/** What the mark needs. */
export type PinnedMarkProps = { readonly message: ChatMessage; readonly onShow: () => void }

/** Says that a message is pinned. */
export function PinnedMark({ message: { pinnedBy }, onShow }: PinnedMarkProps) {
  const { id: me } = useMe()
  const personOf = usePersons()
  const by = pinnedBy === undefined ? '' : ` by ${pinnedBy === me ? 'you' : personOf(pinnedBy).name}`
  return (
    <button type="button" className="message__pinned" onClick={onShow}>
      <Pin size={12} strokeWidth={2.2} aria-hidden />
      Pinned{by}
    </button>
  )
}
