// The realtime service through the client library that was chosen; the other one is not even loaded.
import { lazy, type ReactNode, Suspense, useDeferredValue } from 'react'
import type { Me } from '../../shared/api.ts'
import { useStore } from '../theme/useStore.ts'
import { clientKind } from './clientKind.ts'

const ThroughPusher = lazy(async () => ({ default: (await import('./ThroughPusher.tsx')).ThroughPusher }))
const ThroughNowcast = lazy(async () => ({ default: (await import('./ThroughNowcast.tsx')).ThroughNowcast }))

/** Gives everything below it a realtime service. */
export function RealtimeSwitch({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  // What is shown stays until the other library is loaded.
  const kind = useDeferredValue(useStore(clientKind))
  const Through = kind === 'pusher' ? ThroughPusher : ThroughNowcast
  return (
    <Suspense fallback={<main aria-busy aria-label="Threads is loading" />}>
      <Through me={me}>{children}</Through>
    </Suspense>
  )
}
