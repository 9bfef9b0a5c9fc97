// Says so when the page is cut off, and what happens with what is written meanwhile.

import { useConnection } from '@nowcast/react'
import { CloudOff, RefreshCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { signOut } from '../signIn/session.ts'
import './connectionBanner.css'
import { useNow } from './useNow.ts'

const messages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`)

/** Says so when the page is cut off. The element is always there, so that screen readers hear its text change. */
export function ConnectionBanner() {
  return (
    <div className="banner" role="status">
      <BannerText />
    </div>
  )
}

function BannerText(): ReactNode {
  const { state, online, queued, error, retryAt, degraded } = useConnection()
  if (state === 'failed') {
    return (
      <p className="banner__line banner__line--failed">
        <TriangleAlert size={16} aria-hidden />
        <span>{error?.message ?? 'The server refused this connection.'}</span>
        <button type="button" className="button button--small" onClick={signOut}>
          Sign in again
        </button>
      </p>
    )
  }
  if (!online) {
    return (
      <p className="banner__line">
        <CloudOff size={16} aria-hidden />
        <span>
          You are offline.{' '}
          {queued > 0
            ? `${messages(queued)} will be sent when you are back.`
            : 'What you write will be sent when you are back.'}
        </span>
      </p>
    )
  }
  if (degraded?.includes('database')) {
    return (
      <p className="banner__line banner__line--patient">
        <TriangleAlert size={16} aria-hidden />
        <span>
          The server can’t save messages right now.{' '}
          {queued > 0
            ? `${messages(queued)} will be sent as soon as it can.`
            : 'What you write is sent later.'}
        </span>
      </p>
    )
  }
  if (state !== 'unavailable') return null
  return (
    <p className="banner__line banner__line--patient">
      <RefreshCw size={16} className="banner__spin" aria-hidden />
      <span>
        Reconnecting… {queued > 0 && `${messages(queued)} will be sent when the connection is back.`}
      </span>
      {retryAt !== undefined && <Countdown to={retryAt} />}
    </p>
  )
}

// Hidden from screen readers, which would read every second aloud.
function Countdown({ to }: { readonly to: number }) {
  const seconds = Math.ceil((to - useNow(1000)) / 1000)
  return seconds > 0 ? (
    <span className="banner__countdown" aria-hidden>
      next try in {seconds} s
    </span>
  ) : null
}
