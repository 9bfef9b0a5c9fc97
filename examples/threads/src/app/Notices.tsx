// Notices at the foot of the page, read aloud, gone by themselves.
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { dismissNotice, type Notice, notices } from '../data/notices.ts'
import { IconButton } from '../theme/IconButton.tsx'
import { useStore } from '../theme/useStore.ts'
import './notices.css'

const SHOWN_FOR_MS = 8_000
/** There is something to decide about it. */
const SHOWN_FOR_WITH_ACTION_MS = 20_000

/** The notices. The element is always there, so that screen readers hear what comes. */
export function Notices() {
  const shown = useStore(notices)
  return (
    <section className="notices" aria-label="Notices" aria-live="polite">
      {shown.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  )
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { id, text, action } = notice
  const [isHeld, setHeld] = useState(false)
  useEffect(() => {
    if (isHeld) return
    const timer = setTimeout(
      () => dismissNotice(id),
      action === undefined ? SHOWN_FOR_MS : SHOWN_FOR_WITH_ACTION_MS,
    )
    return () => clearTimeout(timer)
  }, [id, action, isHeld])
  const act = () => {
    dismissNotice(id)
    action?.run()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a notice waits for who looks at it
    <div
      className="notice"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p>{text}</p>
      {action !== undefined && (
        <button type="button" className="button button--small" onClick={act}>
          {action.label}
        </button>
      )}
      <IconButton icon={X} label="Dismiss" small onClick={() => dismissNotice(id)} />
    </div>
  )
}
