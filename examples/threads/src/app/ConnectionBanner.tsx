// Says so when the page is cut off.
import { CloudOff, RefreshCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useStore } from '../theme/useStore.ts'
import './connectionBanner.css'
import { useRealtime } from './realtimeContext.tsx'

/** Says so when the page is cut off. The element is always there, so that screen readers hear its text change. */
export function ConnectionBanner() {
  return (
    <div className="banner" role="status">
      <BannerText />
    </div>
  )
}

function BannerText(): ReactNode {
  const state = useStore(useRealtime().connection)
  switch (state) {
    case 'connecting':
    case 'connected':
      return null
    case 'offline':
      return (
        <p className="banner__line">
          <CloudOff size={16} aria-hidden />
          You are offline. What others do is shown as soon as you are back.
        </p>
      )
    case 'reconnecting':
      return (
        <p className="banner__line banner__line--patient">
          <RefreshCw size={16} className="banner__spin" aria-hidden />
          Reconnecting… What you missed is loaded as soon as the connection is back.
        </p>
      )
    case 'failed':
      return (
        <p className="banner__line banner__line--failed">
          <TriangleAlert size={16} aria-hidden />
          The realtime server refused this page: it does not show what others do.
          <button type="button" className="button button--small" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )
  }
}
