// The way back to the newest message, with the number of those that came meanwhile.
import { ArrowDown } from 'lucide-react'

/** What the button needs. */
export type JumpToNewestProps = {
  /** Messages that came since the reader scrolled up. */
  readonly count: number
  readonly onJump: () => void
}

/** The way back to the newest message. */
export function JumpToNewest({ count, onJump }: JumpToNewestProps) {
  const text = count === 1 ? '1 new message' : `${count} new messages`
  return (
    <button
      type="button"
      className="jump"
      data-new={count > 0}
      aria-label={count > 0 ? `${text}: jump to the newest` : 'Jump to the newest message'}
      onClick={onJump}
    >
      {count > 0 && text}
      <ArrowDown size={16} aria-hidden />
    </button>
  )
}
