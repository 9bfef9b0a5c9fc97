// The state of the connection, small, in the head of the page.
import type { ConnectionState } from '../realtime/realtime.ts'
import { useStore } from '../theme/useStore.ts'
import './connectionDot.css'
import { useRealtime } from './realtimeContext.tsx'

const LABELS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting',
  connected: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  failed: 'Not connected',
}

/** The state of the connection in a word. */
export function ConnectionDot() {
  const state = useStore(useRealtime().connection)
  return (
    <span className="connection-dot" data-state={state} title={LABELS[state]}>
      <span className="connection-dot__text">{LABELS[state]}</span>
    </span>
  )
}
