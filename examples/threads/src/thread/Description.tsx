// The description: a text that several people edit at the same time.
import { lazy, Suspense } from 'react'
import { useMe } from '../app/me.tsx'
import type { ThreadLive } from '../data/threadLive.ts'
import { PlainText } from './PlainText.tsx'

// The editor is the largest part of the pages; everything else does not wait for it.
const SharedText = lazy(async () => ({ default: (await import('./SharedText.tsx')).SharedText }))

/** The description of a thread. */
export function Description({ live }: { readonly live: ThreadLive }) {
  const { user } = useMe()
  return (
    <section aria-labelledby="description-heading">
      <h2 id="description-heading" className="visually-hidden">
        Description
      </h2>
      <Suspense fallback={<PlainText text={live.thread?.description ?? ''} />}>
        <SharedText live={live} user={user} />
      </Suspense>
    </section>
  )
}
