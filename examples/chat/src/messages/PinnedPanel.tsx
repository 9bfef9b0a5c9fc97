// What is pinned in a conversation, last pinned first; a click leads to the message.
import { type Message, useEvent } from '@nowcast/react'
import { Pin, PinOff, X } from 'lucide-react'
import { type KeyboardEvent, useCallback, useState } from 'react'
import { useNow } from '../app/useNow.ts'
import { moveFocus } from '../conversations/moveFocus.ts'
import { usePersons } from '../people/usePersons.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { EmptyState } from '../theme/EmptyState.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { briefTime } from '../theme/time.ts'
import './pinnedPanel.css'
import { useAnswer } from './useAnswer.ts'

const MINUTE_MS = 60_000

/** What the panel needs. */
export type PinnedPanelProps = {
  readonly channel: string
  readonly pins: () => Promise<readonly Message[]>
  /** Unpins a message; absent where the person may not. */
  readonly onUnpin: ((message: Message) => void) | undefined
  readonly onShow: (message: Message) => void
  readonly onClose: () => void
}

/** What is pinned in a conversation. */
export function PinnedPanel({ channel, pins, onUnpin, onShow, onClose }: PinnedPanelProps) {
  const [version, setVersion] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version asks again
  const answer = useAnswer(useCallback(() => pins(), [pins, version]))
  const changed = () => setVersion((before) => before + 1)
  useEvent(channel, 'message:pinned', changed)
  useEvent(channel, 'message:unpinned', changed)
  useEvent(channel, 'message:edited', changed)
  useEvent(channel, 'message:deleted', changed)
  const keys = (event: KeyboardEvent<HTMLElement>) => moveFocus(event, '.pin__go')
  return (
    <aside className="beside" aria-label="Pinned messages">
      <header className="beside__header">
        <div className="beside__titles">
          <h2>Pinned</h2>
        </div>
        <IconButton icon={X} label="Close pinned messages" onClick={onClose} />
      </header>
      <div className="pins">
        {answer.status === 'loading' && <SkeletonRows rows={3} />}
        {answer.status === 'failed' && <Problem reason={answer.reason} />}
        {answer.status === 'ready' && answer.value.length === 0 && (
          <EmptyState
            icon={Pin}
            title="Nothing pinned yet"
            text={
              onUnpin === undefined
                ? 'The owner and the admins can pin what should be found again.'
                : 'What should be found again can be pinned from the menu of a message.'
            }
          />
        )}
        {answer.status === 'ready' && answer.value.length > 0 && (
          <ul onKeyDown={keys}>
            {answer.value.map((message) => (
              <PinnedMessage key={message.offset} message={message} onShow={onShow} onUnpin={onUnpin} />
            ))}
          </ul>
        )}
      </div>
    </aside>
  )
}

type PinnedMessageProps = Pick<PinnedPanelProps, 'onShow' | 'onUnpin'> & { readonly message: Message }

function PinnedMessage({ message, onShow, onUnpin }: PinnedMessageProps) {
  const personOf = usePersons()
  const now = useNow(MINUTE_MS)
  const { name, avatar } = personOf(message.sender)
  return (
    <li className="pin">
      <button type="button" className="pin__go" onClick={() => onShow(message)}>
        <span className="pin__first">
          <Avatar id={message.sender} name={name} picture={avatar} size="small" />
          <span className="pin__sender">{name}</span>
          <time className="pin__time">{briefTime(message.createdAt, now)}</time>
        </span>
        <span className="pin__body">
          {message.body || message.attachments?.map((one) => one.name).join(', ')}
        </span>
      </button>
      {onUnpin !== undefined && (
        <IconButton icon={PinOff} label="Unpin" small className="pin__off" onClick={() => onUnpin(message)} />
      )}
    </li>
  )
}
