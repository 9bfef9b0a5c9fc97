// The very beginning of a conversation.
import type { Conversation } from '@nowcast/react'
import { ConversationTile } from '../conversations/ConversationTile.tsx'

/** What the beginning needs. */
export type LogStartProps = {
  readonly info: Conversation
  readonly title: string
  /** True when nothing has been said yet. */
  readonly empty: boolean
}

const TEXTS = {
  open: 'Anybody can join and read along.',
  closed: 'Only its members can read what is said here.',
  direct: 'Only the two of you can read what is said here.',
} as const

/** The very beginning of a conversation. */
export function LogStart({ info, title, empty }: LogStartProps) {
  return (
    <div className="log__start" data-empty={empty}>
      <ConversationTile conversation={info} name={title} />
      <h3>{info.kind === 'direct' ? title : `Welcome to ${title}`}</h3>
      <p>
        {TEXTS[info.kind]} {empty ? 'Say the first word.' : 'This is where it began.'}
      </p>
    </div>
  )
}
