// The realtime service through Nowcast's own client.
import { type ClientOptions, NowcastProvider, useNowcast } from '@nowcast/react'
import { type ReactNode, useMemo } from 'react'
import type { Me } from '../../shared/api.ts'
import { request } from '../data/http.ts'
import { NowcastRealtime } from '../realtime/nowcastRealtime.ts'
import { RealtimeProvider } from './realtimeContext.tsx'

const fetchToken = async (): Promise<string> => (await request('GET', '/api/realtime/token')).text()

/** Gives everything below it a connection through Nowcast's client. */
export function ThroughNowcast({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
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
