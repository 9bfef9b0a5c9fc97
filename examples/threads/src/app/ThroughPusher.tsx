// The realtime service through pusher-js.
import { type ReactNode, useEffect, useState } from 'react'
import type { Me } from '../../shared/api.ts'
import { PusherRealtime } from '../realtime/pusherRealtime.ts'
import { RealtimeProvider } from './realtimeContext.tsx'

/** Gives everything below it a connection through pusher-js. */
export function ThroughPusher({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  const [realtime, setRealtime] = useState<PusherRealtime>()
  useEffect(() => {
    const made = new PusherRealtime(me.realtime)
    setRealtime(made)
    return () => {
      setRealtime(undefined)
      made.close()
    }
  }, [me])
  return realtime && <RealtimeProvider realtime={realtime}>{children}</RealtimeProvider>
}
