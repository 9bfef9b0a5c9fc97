// The shape of a thread that is still loading.
import { SkeletonRows } from '../theme/Skeleton.tsx'

/** A thread that is still loading. */
export function ThreadSkeleton() {
  return (
    <div className="thread" role="status" aria-label="The thread is loading">
      <div>
        <div className="thread__title-shape skeleton__line" />
        <SkeletonRows rows={5} tiles />
      </div>
      <div>
        <SkeletonRows rows={3} />
      </div>
    </div>
  )
}
