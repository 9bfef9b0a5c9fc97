// The top of the log while there are older messages: coming near loads them.
import { type RefObject, useEffect, useRef } from 'react'
import { SkeletonMessages } from '../theme/Skeleton.tsx'

/** What the top of the log needs. */
export type OlderProps = {
  readonly scroller: RefObject<HTMLElement | null>
  readonly loading: boolean
  readonly onReach: () => void
}

/** Loads older messages when it comes near the view. */
export function Older({ scroller, loading, onReach }: OlderProps) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (loading || element.current === null) return
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) onReach()
      },
      { root: scroller.current, rootMargin: '600px 0px 0px' },
    )
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [scroller, loading, onReach])
  return (
    <div ref={element} className="log__older">
      <SkeletonMessages rows={3} />
    </div>
  )
}
