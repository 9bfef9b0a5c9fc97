// An end of the log beyond which there are more messages: coming near loads them.
import { type RefObject, useEffect, useRef } from 'react'
import { SkeletonMessages } from '../theme/Skeleton.tsx'

/** What the end of the log needs. */
export type MorePagesProps = {
  readonly side: 'older' | 'newer'
  readonly scroller: RefObject<HTMLElement | null>
  readonly loading: boolean
  readonly onReach: () => void
}

/** How early the next page is loaded. */
const MARGINS = { older: '600px 0px 0px', newer: '0px 0px 600px' } as const

/** Loads more messages when it comes near the view. */
export function MorePages({ side, scroller, loading, onReach }: MorePagesProps) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (loading || element.current === null) return
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) onReach()
      },
      { root: scroller.current, rootMargin: MARGINS[side] },
    )
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [side, scroller, loading, onReach])
  return (
    <div ref={element} className="log__more">
      <SkeletonMessages rows={3} />
    </div>
  )
}
