// One thread in the list.
import { Link2, MessageCircle } from 'lucide-react'
import { memo } from 'react'
import type { Thread } from '../../shared/api.ts'
import { usePeople } from '../app/me.tsx'
import { threadAddress } from '../app/route.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { Moment } from '../theme/Moment.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import './threadRow.css'

/** One thread in the list; the whole row leads to it. */
export const ThreadRow = memo(function ThreadRow({ thread }: { readonly thread: Thread }) {
  const author = usePeople()(thread.author)
  return (
    <li className="thread-row">
      <Avatar id={author.id} name={author.name} picture={author.avatar} />
      <div className="thread-row__text">
        <h2 className="thread-row__title">
          <a href={threadAddress(thread.id)}>{thread.title}</a>
        </h2>
        {thread.description !== '' && <p className="thread-row__excerpt">{thread.description}</p>}
        <p className="thread-row__facts">
          <StatusBadge status={thread.status} />
          <span>{author.name}</span>
          <Moment at={thread.updatedAt} />
        </p>
      </div>
      <p className="thread-row__counts">
        <Count icon={MessageCircle} count={thread.comments} one="comment" many="comments" />
        <Count icon={Link2} count={thread.items} one="connected item" many="connected items" />
      </p>
    </li>
  )
})

interface CountProps {
  readonly icon: typeof Link2
  readonly count: number
  readonly one: string
  readonly many: string
}

function Count({ icon: Icon, count, one, many }: CountProps) {
  const label = `${count} ${count === 1 ? one : many}`
  return (
    <span className="thread-row__count" data-none={count === 0} title={label}>
      <Icon size={14} aria-hidden />
      <span aria-hidden>{count}</span>
      <span className="visually-hidden">{label}</span>
    </span>
  )
}
