// What else can be done with a thread.
import { Ellipsis, Link, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { LIST_ADDRESS, navigate } from '../app/route.ts'
import { notify } from '../data/notices.ts'
import { deleteThread } from '../data/threadFacts.ts'
import { ConfirmDialog } from '../theme/ConfirmDialog.tsx'
import { Menu } from '../theme/Menu.tsx'
import { MenuItem } from '../theme/MenuItem.tsx'

/** What the menu needs. */
export interface ThreadMenuProps {
  readonly id: string
  readonly title: string
}

/** Copies the address, deletes the thread. */
export function ThreadMenu({ id, title }: ThreadMenuProps) {
  const [shown, setShown] = useState<'nothing' | 'menu' | 'deletion'>('nothing')
  const button = useRef<HTMLButtonElement>(null)
  const copy = () => {
    navigator.clipboard.writeText(location.href).then(
      () => notify('The address is copied.'),
      () => notify('This browser does not let the page copy the address.'),
    )
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button icon-button--small"
        aria-label="More"
        title="More"
        aria-haspopup="menu"
        aria-expanded={shown === 'menu'}
        onClick={() => setShown('menu')}
      >
        <Ellipsis size={17} aria-hidden />
      </button>
      {shown === 'menu' && button.current !== null && (
        <Menu
          anchor={button.current}
          label="More"
          onClose={() => setShown((now) => (now === 'menu' ? 'nothing' : now))}
        >
          <MenuItem icon={Link} text="Copy address" onChoose={copy} />
          <MenuItem icon={Trash2} text="Delete thread…" dangerous onChoose={() => setShown('deletion')} />
        </Menu>
      )}
      {shown === 'deletion' && (
        <ConfirmDialog
          title="Delete this thread?"
          keep="Keep it"
          go="Delete"
          onGo={() => deleteThread(id)}
          onDone={() => navigate(LIST_ADDRESS)}
          onClose={() => setShown('nothing')}
        >
          <p className="dialog__text">
            “{title}” disappears for everybody, with its comments and connected items.
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}
