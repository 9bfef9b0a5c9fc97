// How the server is, for an application's own admin page.
import { useMemo } from 'react'
import { HealthReader, type HealthSnapshot, LOADING } from '../health/healthReader.ts'
import { useLive } from '../live/useLive.ts'
import { classes } from './classes.ts'

/** Properties of `HealthWidget`. */
export interface HealthWidgetProps {
  /** Where the server is, as in the client's options. */
  readonly url: string
  /** Milliseconds between two readings. Default 5,000. */
  readonly intervalMs?: number
  readonly className?: string
}

const DEFAULT_INTERVAL_MS = 5_000

const SENTENCES: Readonly<Record<string, string>> = {
  loading: 'Reading…',
  offline: 'The server can’t be reached.',
  error: 'The server’s answer makes no sense.',
  ok: 'All is well.',
  degraded: 'Some of it does not work.',
  draining: 'The server is about to stop.',
}

/** Shows a server's state, that of the services it needs, and how many are connected. Needs no provider. */
export function HealthWidget({ url, intervalMs = DEFAULT_INTERVAL_MS, className }: HealthWidgetProps) {
  const reader = useMemo(() => new HealthReader(url, intervalMs), [url, intervalMs])
  const { state, health } = useLive<HealthSnapshot>(reader, LOADING)
  const summary = state === 'ready' && health !== undefined ? health.status : state
  return (
    <section className={classes('health', className)} data-state={summary} aria-label="Server health">
      <p className="nowcast-health__status" role="status" aria-live="polite">
        <span className="nowcast-dot" aria-hidden="true" />
        {SENTENCES[summary] ?? summary}
      </p>
      {health !== undefined && (
        <dl className="nowcast-health__facts" data-stale={state !== 'ready'}>
          {Object.entries(health.services).map(([name, service]) => (
            <Fact key={name} name={name} value={service.status} />
          ))}
          {(['connections', 'users'] as const).map((name) => (
            <Fact key={name} name={name} value={health.counts[name]} />
          ))}
        </dl>
      )}
    </section>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === undefined) return null
  return (
    <div data-value={String(value)}>
      <dt>{name}</dt>
      <dd>{String(value)}</dd>
    </div>
  )
}
