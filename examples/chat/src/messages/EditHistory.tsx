// What a message said before it was edited, newest first.
import type { ChatMessage, MessageVersion } from '@nowcast/react'
import { useCallback } from 'react'
import { useNow } from '../app/useNow.ts'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { briefTime, fullTime } from '../theme/time.ts'
import './messagePanels.css'
import { useAnswer } from './useAnswer.ts'

const MINUTE_MS = 60_000

/** What the panel needs. */
export type EditHistoryProps = {
  readonly message: ChatMessage
  readonly versions: (offset: number) => Promise<readonly MessageVersion[]>
}

/** What a message said before it was edited. */
export function EditHistory({ message, versions }: EditHistoryProps) {
  const now = useNow(MINUTE_MS)
  const { offset } = message
  const answer = useAnswer(useCallback(() => versions(offset), [versions, offset]))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
    <div className="history" data-first-focus tabIndex={0}>
      <h3 className="popover__title">Earlier versions</h3>
      {answer.status === 'loading' && <SkeletonRows rows={2} />}
      {answer.status === 'failed' && <Problem reason={answer.reason} />}
      {answer.status === 'ready' && (
        <ol>
          {answer.value.map(({ body, replacedAt }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two versions may be replaced in the same millisecond
            <li key={`${replacedAt} ${index}`} className="history__one">
              <p className="history__body">{body}</p>
              <p className="history__time">
                until <time title={fullTime(replacedAt)}>{briefTime(replacedAt, now)}</time>
              </p>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
