// What happened lately, the newest first.
import type { Activity } from '../../shared/api.ts'
import type { Loaded } from '../data/organizationLive.ts'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import './activityFeed.css'
import { ActivityLine } from './ActivityLine.tsx'

/** What the feed needs. */
export interface ActivityFeedProps {
  readonly activity: Loaded<readonly Activity[]>
  /** Only what concerns this thread. */
  readonly thread?: string
}

/** The newest activity. */
export function ActivityFeed({ activity, thread }: ActivityFeedProps) {
  if (activity.status === 'loading') return <SkeletonRows rows={4} tiles />
  if (activity.status === 'failed') return <p className="activity__none">{activity.reason}</p>
  const lines = activity.value.filter((line) => thread === undefined || line.thread === thread)
  if (lines.length === 0) return <p className="activity__none">Nothing has happened here lately.</p>
  return (
    <div role="log" aria-label="Activity, the newest first">
      <ol className="activity">
        {lines.map((line) => (
          <ActivityLine key={line.sequence} line={line} namesThread={thread === undefined} />
        ))}
      </ol>
    </div>
  )
}
