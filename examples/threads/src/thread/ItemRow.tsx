// One connected item.
import { File, Link2, type LucideIcon, SquareCheck, X } from 'lucide-react'
import type { ItemKind } from '../../shared/api.ts'
import { usePeople } from '../app/me.tsx'
import { removeItem } from '../data/itemActions.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import type { ShownItem } from '../data/threadState.ts'
import { IconButton } from '../theme/IconButton.tsx'

const ICONS: Readonly<Record<ItemKind, LucideIcon>> = { link: Link2, task: SquareCheck, file: File }

const isLink = (url: string): boolean => /^https?:\/\//i.test(url)

/** What an item needs. */
export interface ItemRowProps {
  readonly live: ThreadLive
  readonly item: ShownItem
  /** Called when it was taken away by the person: the focus must go somewhere. */
  readonly onGone: () => void
}

/** One connected item. */
export function ItemRow({ live, item, onGone }: ItemRowProps) {
  const Icon = ICONS[item.kind]
  const person = usePeople()(item.addedBy)
  const remove = () => {
    void removeItem(live, item)
    onGone()
  }
  return (
    <li className="item" data-delivery={item.delivery.status}>
      <Icon size={16} aria-hidden />
      <div className="item__text">
        {isLink(item.url) ? (
          <a href={item.url} target="_blank" rel="noreferrer">
            {item.title}
          </a>
        ) : (
          <span>{item.title}</span>
        )}
        <p className="item__by">
          {item.kind} · {person.name}
        </p>
      </div>
      {item.delivery.status === 'sent' && (
        <IconButton icon={X} label={`Remove ${item.title}`} small onClick={remove} />
      )}
    </li>
  )
}
