// The realtime service through the client library that was chosen.
import { type ClientOptions, NowcastProvider, useNowcast } from '@nowcast/react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import type { Me } from '../../shared/api.ts'
import { request } from '../data/http.ts'
import { NowcastRealtime } from '../realtime/nowcastRealtime.ts'
import { PusherRealtime } from '../realtime/pusherRealtime.ts'
import { useStore } from '../theme/useStore.ts'
import { clientKind } from './clientKind.ts'
import { RealtimeProvider } from './realtimeContext.tsx'

interface Props {
  readonly me: Me
  readonly children: ReactNode
}

const fetchToken = async (): Promise<string> => (await request('GET', '/api/realtime/token')).text()

/** Gives everything below it a realtime service. */
export function RealtimeSwitch({ me, children }: Props) {
  const kind = useStore(clientKind)
  return kind === 'pusher' ? (
    <ThroughPusher me={me}>{children}</ThroughPusher>
  ) : (
    <ThroughNowcast me={me}>{children}</ThroughNowcast>
  )
}

function ThroughPusher({ me, children }: Props) {
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

function ThroughNowcast({ me, children }: Props) {
  const options = useMemo<ClientOptions>(() => {
    const { host, port, key } = me.realtime
    return {
      url: `${location.protocol}//${host}:${port}`,
      key,
      user: me.user.id,
      token: fetchToken,
      authorize: '/api/realtime/auth',
      // What people write travels over HTTP; events of pages are worthless after a reload.
      outbox: { storage: 'memory' },
    }
  }, [me])
  return (
    <NowcastProvider options={options}>
      <OverNowcast>{children}</OverNowcast>
    </NowcastProvider>
  )
}

function OverNowcast({ children }: { readonly children: ReactNode }) {
  const client = useNowcast()
  const realtime = useMemo(() => new NowcastRealtime(client), [client])
  return <RealtimeProvider realtime={realtime}>{children}</RealtimeProvider>
}
