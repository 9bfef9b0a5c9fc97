// Whom a message of one's own has reached, and when.
import type { ChatMessage, Reader } from '@nowcast/react'
import { Check, CheckCheck, type LucideIcon } from 'lucide-react'
import { useCallback } from 'react'
import { useNow } from '../app/useNow.ts'
import { usePersons } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { briefTime, clock, fullTime } from '../theme/time.ts'
import './messagePanels.css'
import { useAnswer } from './useAnswer.ts'

const MINUTE_MS = 60_000

/** What the panel needs. */
export type MessageInfoProps = {
  readonly message: ChatMessage
  readonly readers: (offset: number) => Promise<readonly Reader[]>
}

/** Whom a message has reached, and when. */
export function MessageInfo({ message, readers }: MessageInfoProps) {
  const { id: me } = useMe()
  const { offset, createdAt } = message
  const answer = useAnswer(useCallback(() => readers(offset), [readers, offset]))
  const others = answer.status === 'ready' ? answer.value.filter(({ user }) => user !== me) : []
  const read = others.filter((reader) => reader.read)
  const delivered = others.filter((reader) => !reader.read)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
    <div className="info" data-first-focus tabIndex={0}>
      {answer.status === 'loading' && <SkeletonRows rows={2} />}
      {answer.status === 'failed' && <Problem reason={answer.reason} />}
      {answer.status === 'ready' && (
        <>
          <Reached icon={CheckCheck} reads title="Read by" readers={read} />
          <Reached icon={CheckCheck} title="Delivered to" readers={delivered} />
          {others.length === 0 && <p className="info__nobody">It has reached nobody yet.</p>}
        </>
      )}
      <p className="info__sent">
        <Check size={14} aria-hidden />
        Sent <time title={fullTime(createdAt)}>{clock(createdAt)}</time>
      </p>
    </div>
  )
}

type ReachedProps = {
  readonly icon: LucideIcon
  readonly title: string
  readonly readers: readonly Reader[]
  readonly reads?: boolean
}

function Reached({ icon: Icon, title, readers, reads = false }: ReachedProps) {
  const personOf = usePersons()
  const now = useNow(MINUTE_MS)
  if (readers.length === 0) return null
  return (
    <section className="info__group" data-reads={reads}>
      <h3 className="popover__title">
        <Icon size={14} aria-hidden />
        {title}
      </h3>
      <ul>
        {readers.map((reader) => {
          const { name, avatar } = personOf(reader.user)
          const at = reads ? reader.readAt : reader.deliveredAt
          return (
            <li key={reader.user} className="info__person">
              <Avatar id={reader.user} name={name} picture={avatar} size="small" />
              <span className="info__name">{name}</span>
              {at !== undefined && (
                <time className="info__time" title={fullTime(at)}>
                  {briefTime(at, now)}
                </time>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
