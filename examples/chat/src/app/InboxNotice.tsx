// What was sent while nobody was here to see it: how much, and where.
import { type Message, useConversations, useInbox } from '@nowcast/react'
import { Inbox, X } from 'lucide-react'
import { useState } from 'react'
import { titleOf } from '../conversations/describe.ts'
import { usePersons } from '../people/usePersons.ts'
import { IconButton } from '../theme/IconButton.tsx'
import './inboxNotice.css'
import { navigate } from './route.ts'

/** Conversations that are named; of further ones only the number is told. */
const MAX_NAMED = 3

type Missed = { readonly messages: readonly Message[]; readonly more: boolean }

/** Says what was missed, until it is read or waved away. */
export function InboxNotice({ open }: { readonly open: string | undefined }) {
  const [missed, setMissed] = useState<Missed>({ messages: [], more: false })
  const { conversations } = useConversations()
  const personOf = usePersons()
  useInbox((messages, more) =>
    setMissed((before) => ({ messages: [...before.messages, ...messages], more: before.more || more })),
  )
  // What has been read since, here or elsewhere, is not missed any more.
  const unread = new Map(conversations.map((one) => [one.id, one]))
  const left = missed.messages.filter(
    ({ conversation, offset }) =>
      conversation !== open && offset > (unread.get(conversation)?.read ?? Number.MAX_SAFE_INTEGER),
  )
  const places = [...new Set(left.map(({ conversation }) => conversation))]
  if (places.length === 0) return null
  return (
    <div className="inbox" role="status">
      <Inbox size={16} aria-hidden />
      <p>
        While you were away: {missed.more ? 'more than ' : ''}
        {left.length === 1 ? '1 message' : `${left.length} messages`} in{' '}
        {places.slice(0, MAX_NAMED).map((id, index) => {
          const conversation = unread.get(id)
          return (
            <span key={id}>
              {index > 0 && ', '}
              <button type="button" className="inbox__place" onClick={() => navigate(id)}>
                {conversation === undefined ? id : titleOf(conversation, personOf)}
              </button>
            </span>
          )
        })}
        {places.length > MAX_NAMED && ` and ${places.length - MAX_NAMED} more`}
      </p>
      <IconButton icon={X} label="Dismiss" small onClick={() => setMissed({ messages: [], more: false })} />
    </div>
  )
}
