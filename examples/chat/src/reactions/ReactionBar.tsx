// The reactions to a message: who reacted with what, a click joins in or takes it back.
import type { Reaction } from '@nowcast/react'
import { SmilePlus } from 'lucide-react'
import { usePersons } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'
import { emojiName } from './emoji.ts'
import { listOf } from './listOf.ts'
import './reactions.css'

/** What the bar needs. */
export type ReactionBarProps = {
  readonly reactions: readonly Reaction[]
  readonly onReact: (emoji: string, on: boolean) => void
  /** Opens the picker beside the element. */
  readonly onMore: (anchor: Element) => void
}

/** The reactions to a message. */
export function ReactionBar({ reactions, onReact, onMore }: ReactionBarProps) {
  const { id: me } = useMe()
  const personOf = usePersons()
  return (
    <ul className="reactions" aria-label="Reactions">
      {reactions.map(({ emoji, users }) => {
        const own = users.includes(me)
        const names = users.map((id) => (id === me ? 'you' : personOf(id).name))
        const told = `${listOf(names)} reacted with ${emojiName(emoji)}`
        return (
          <li key={emoji}>
            <button
              type="button"
              className="reaction"
              aria-pressed={own}
              aria-label={`${emojiName(emoji)}, ${users.length}: ${told}`}
              title={told}
              onClick={() => onReact(emoji, !own)}
            >
              <span className="reaction__emoji" aria-hidden>
                {emoji}
              </span>
              <span className="reaction__count">{users.length}</span>
            </button>
          </li>
        )
      })}
      <li>
        <button
          type="button"
          className="reaction reaction--more"
          aria-label="Another reaction"
          title="Another reaction"
          onClick={(event) => onMore(event.currentTarget)}
        >
          <SmilePlus size={15} strokeWidth={1.9} aria-hidden />
        </button>
      </li>
    </ul>
  )
}
