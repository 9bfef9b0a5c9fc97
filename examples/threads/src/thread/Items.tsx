// What the thread is connected with.
import { Plus } from 'lucide-react'
import { useRef, useState } from 'react'
import { useMe } from '../app/me.tsx'
import { addItem } from '../data/itemActions.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import type { ShownItem } from '../data/threadState.ts'
import { AddItemForm } from './AddItemForm.tsx'
import { ItemRow } from './ItemRow.tsx'
import './items.css'

/** What the items need. */
export interface ItemsProps {
  readonly live: ThreadLive
  readonly items: readonly ShownItem[]
}

/** The connected items, and the way to connect another. */
export function Items({ live, items }: ItemsProps) {
  const { user } = useMe()
  const [isAdding, setAdding] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setAdding(false)
    button.current?.focus()
  }
  return (
    <section aria-labelledby="items-heading">
      <header className="items__head section-heading">
        <h2 id="items-heading">Connected</h2>
        <button
          ref={button}
          type="button"
          className="icon-button icon-button--small"
          aria-label="Connect something"
          title="Connect something"
          aria-expanded={isAdding}
          onClick={() => setAdding(!isAdding)}
        >
          <Plus size={17} aria-hidden />
        </button>
      </header>
      {isAdding && (
        <AddItemForm
          onAdd={(draft) => {
            close()
            void addItem(live, user.id, draft)
          }}
          onCancel={close}
        />
      )}
      {items.length === 0 && !isAdding && (
        <p className="items__none">Nothing yet: a link, a task or a file belongs here.</p>
      )}
      <ul className="items" aria-label="Connected items">
        {items.map((item) => (
          <ItemRow key={item.id} live={live} item={item} onGone={() => button.current?.focus()} />
        ))}
      </ul>
    </section>
  )
}
