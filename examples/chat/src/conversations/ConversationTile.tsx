// The small picture of a conversation: a person for a direct one, a sign for a channel.
import type { Conversation } from '@nowcast/react'
import { Hash, Lock } from 'lucide-react'
import { PersonAvatar } from '../people/PersonAvatar.tsx'
import './conversationTile.css'

/** The small picture of a conversation. Decorative: the name is written beside it. */
export function ConversationTile({
  conversation,
  name,
}: {
  readonly conversation: Conversation
  readonly name: string
}) {
  const { peer, kind } = conversation
  if (peer !== undefined) return <PersonAvatar id={peer.id} name={name} picture={peer.avatar} />
  const Sign = kind === 'closed' ? Lock : Hash
  return (
    <span className="tile" aria-hidden>
      <Sign size={17} strokeWidth={2} />
    </span>
  )
}
