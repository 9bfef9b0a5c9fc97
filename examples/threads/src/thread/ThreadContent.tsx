// A thread with all that belongs to it.
import { ArrowLeft } from 'lucide-react'
import { useCallback } from 'react'
import { ActivityFeed } from '../activity/ActivityFeed.tsx'
import { useMe, usePeople } from '../app/me.tsx'
import { useOrganization } from '../app/organizationContext.tsx'
import { LIST_ADDRESS } from '../app/route.ts'
import { changeFacts } from '../data/threadFacts.ts'
import type { ThreadState } from '../data/threadState.ts'
import { Moment } from '../theme/Moment.tsx'
import { useStore } from '../theme/useStore.ts'
import { Comments } from './Comments.tsx'
import { Description } from './Description.tsx'
import { Items } from './Items.tsx'
import { StatusMenu } from './StatusMenu.tsx'
import { ThreadMenu } from './ThreadMenu.tsx'
import { ThreadTitle } from './ThreadTitle.tsx'
import type { OpenThread } from './useThreadLive.ts'
import { Viewers } from './Viewers.tsx'

/** What the content needs. */
export interface ThreadContentProps {
  readonly open: OpenThread
  readonly state: ThreadState
}

/** A thread with all that belongs to it. */
export function ThreadContent({ open, state }: ThreadContentProps) {
  const { live } = open
  const { thread } = state
  const { user } = useMe()
  const personOf = usePeople()
  const activity = useStore(useOrganization().activity)
  const members = useStore(live.channel.members)
  const nameOf = useCallback(
    (id: string) => (id === user.id ? 'Your own other page' : personOf(id).name),
    [personOf, user.id],
  )
  return (
    <article className="thread" aria-labelledby="thread-title">
      <div className="thread__top">
        <a className="thread__back" href={LIST_ADDRESS}>
          <ArrowLeft size={16} aria-hidden />
          All threads
        </a>
        <div className="thread__tools">
          <Viewers members={members} />
          <ThreadMenu id={live.id} title={thread.title} />
        </div>
      </div>
      <div className="thread__main">
        <header>
          <ThreadTitle
            thread={thread}
            known={live.thread ?? thread}
            onChange={(base, title) => void changeFacts(live, base, { title }, nameOf)}
          />
          <div className="thread__facts">
            <StatusMenu
              status={thread.status}
              onChoose={(status) => void changeFacts(live, live.thread ?? thread, { status }, nameOf)}
            />
            <span>
              Started by {personOf(thread.author).name}, <Moment at={thread.createdAt} />
            </span>
          </div>
        </header>
        <Description live={live} />
        <Comments open={open} comments={state.comments} total={thread.comments} />
      </div>
      <aside className="thread__aside" aria-label="About this thread">
        <Items live={live} items={state.items} />
        <section aria-labelledby="thread-activity">
          <h2 id="thread-activity" className="section-heading">
            Activity
          </h2>
          <ActivityFeed activity={activity} thread={thread.id} />
        </section>
      </aside>
    </article>
  )
}
