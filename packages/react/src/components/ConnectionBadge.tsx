// The connection in a word and a colour.
import type { ConnectionSnapshot } from '@nowcast/client'
import { useConnection } from '../hooks/useConnection.ts'
import { classes } from './classes.ts'
import { VisuallyHidden } from './VisuallyHidden.tsx'

/** What a connection is like, in one word. */
export type ConnectionSummary =
  | 'connected'
  | 'connecting'
  | 'reconnecting'
  | 'degraded'
  | 'offline'
  | 'failed'
  | 'disconnected'

/** Properties of `ConnectionBadge`. */
export interface ConnectionBadgeProps {
  /** Other words, e.g. in another language. */
  readonly labels?: Partial<Readonly<Record<ConnectionSummary, string>>>
  /** Shows the round trip to the server too. */
  readonly latency?: boolean
  readonly className?: string
}

const LABELS: Readonly<Record<ConnectionSummary, string>> = {
  connected: 'Connected',
  connecting: 'Connecting…',
  reconnecting: 'Reconnecting…',
  degraded: 'Degraded',
  offline: 'Offline',
  failed: 'Refused',
  disconnected: 'Disconnected',
}

function summarize({ state, online, degraded }: ConnectionSnapshot): ConnectionSummary {
  if (!online) return 'offline'
  if (state === 'connected') return degraded === undefined ? 'connected' : 'degraded'
  if (state === 'idle') return 'connecting'
  return state === 'unavailable' ? 'reconnecting' : state
}

/** Says what the connection is like, to those who listen too. */
export function ConnectionBadge({ labels, latency = false, className }: ConnectionBadgeProps) {
  const summary = useConnection(summarize)
  const latencyMs = useConnection((snapshot) => (latency ? snapshot.latencyMs : undefined))
  return (
    <span className={classes('connection', className)} data-state={summary}>
      <span className="nowcast-dot" aria-hidden="true" />
      <span role="status" aria-live="polite">
        <VisuallyHidden>Connection: </VisuallyHidden>
        {labels?.[summary] ?? LABELS[summary]}
      </span>
      {latencyMs !== undefined && summary === 'connected' && (
        <span className="nowcast-connection__latency">{Math.max(1, latencyMs)} ms</span>
      )}
    </span>
  )
}
