// One thing that happened, as a sentence.
import { memo } from 'react'
import type { Activity, ActivityKind } from '../../shared/api.ts'
import { usePeople } from '../app/me.tsx'
import { threadAddress } from '../app/route.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { Moment } from '../theme/Moment.tsx'
import { statusInfo } from '../threads/statuses.ts'

const VERBS: Readonly<Record<ActivityKind, string>> = {
  'thread:created': 'started',
  'thread:updated': 'changed',
  'thread:deleted': 'deleted',
  'status:changed': 'changed the status of',
  'comment:created': 'commented on',
  'item:added': 'added to',
}

/** Where everything is about the same thread. */
const SHORT_VERBS: Readonly<Record<ActivityKind, string>> = {
  'thread:created': 'started the thread',
  'thread:updated': 'changed the thread',
  'thread:deleted': 'deleted the thread',
  'status:changed': 'changed the status',
  'comment:created': 'commented',
  'item:added': 'connected something',
}

/** Kinds whose sentence says everything. */
const SILENT = new Set<ActivityKind>(['thread:created', 'thread:updated', 'thread:deleted'])

/** What the line needs. */
export interface ActivityLineProps {
  readonly line: Activity
  /** False where everything is about the same thread. */
  readonly namesThread: boolean
}

/** One thing that happened. */
export const ActivityLine = memo(function ActivityLine({ line, namesThread }: ActivityLineProps) {
  const actor = usePeople()(line.actor)
  return (
    <li className="activity__line">
      <Avatar id={actor.id} name={actor.name} picture={actor.avatar} size="small" />
      <div className="activity__text">
        <p>
          <strong>{actor.name}</strong> {namesThread ? verbOf(line) : shortVerbOf(line)}{' '}
          {namesThread && <ThreadName line={line} />}
        </p>
        <Detail line={line} />
        <p className="activity__when">
          <Moment at={line.at} />
        </p>
      </div>
    </li>
  )
})

/** Of a thread that was changed, `detail` names the parts. */
const verbOf = ({ kind, detail }: Activity): string =>
  kind === 'thread:updated' && detail !== '' ? `changed the ${detail} of` : VERBS[kind]

const shortVerbOf = ({ kind, detail }: Activity): string =>
  kind === 'thread:updated' && detail !== '' ? `changed the ${detail}` : SHORT_VERBS[kind]

function ThreadName({ line: { kind, thread, threadTitle } }: { readonly line: Activity }) {
  if (kind === 'thread:deleted') return <span className="activity__thread">{threadTitle}</span>
  return (
    <a className="activity__thread" href={threadAddress(thread)}>
      {threadTitle}
    </a>
  )
}

function Detail({ line: { kind, detail } }: { readonly line: Activity }) {
  if (detail === '' || SILENT.has(kind)) return null
  if (kind === 'status:changed') {
    return <p className="activity__detail">Now: {statusInfo(detail).label.toLowerCase()}</p>
  }
  return <p className="activity__detail">{kind === 'comment:created' ? `“${detail}”` : detail}</p>
}
