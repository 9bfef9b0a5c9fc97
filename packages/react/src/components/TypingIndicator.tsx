// Who types, in a sentence with moving dots.
import type { UserProfile } from '@nowcast/client'
import { useTyping } from '../hooks/useTyping.ts'
import { classes } from './classes.ts'

/** Properties of `TypingIndicator`. */
export interface TypingIndicatorProps {
  readonly channel: string | null
  /** The sentence, e.g. in another language. Called with at least one user; there may be more than those who are named. */
  readonly describe?: (users: readonly UserProfile[], count: number) => string
  readonly className?: string
}

/** Says who types on a channel, to those who listen too. Takes its place on the page while nobody does. */
export function TypingIndicator({ channel, describe = describeTyping, className }: TypingIndicatorProps) {
  const { users, count } = useTyping(channel)
  const isActive = users.length > 0
  return (
    <div className={classes('typing', className)} role="status" aria-live="polite" data-active={isActive}>
      {isActive && (
        <>
          <span className="nowcast-typing__dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className="nowcast-typing__text">{describe(users, count)}</span>
        </>
      )}
    </div>
  )
}

function describeTyping(users: readonly UserProfile[], count: number): string {
  const [one = '', two = ''] = users.map(({ id, name }) => name ?? id)
  if (count === 1) return `${one} is typing`
  if (count === 2 && users.length === 2) return `${one} and ${two} are typing`
  const named = users.length > 1 ? [one, two] : [one]
  const others = count - named.length
  return `${named.join(', ')} and ${others} ${others === 1 ? 'other' : 'others'} are typing`
}
