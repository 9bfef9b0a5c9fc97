// Over a private or presence channel of pusher-js: client events, which may be lost, ten in a second and 10 kB each at most.
import type { TransportOptions } from './nowcastTransport.ts'
import type { CollaborationTransport, TransportListener } from './transport.ts'

type Callback = (data: unknown) => void

/** The part of a channel of pusher-js that is used. */
export interface PusherChannel {
  readonly subscribed: boolean
  bind(event: string, callback: Callback): unknown
  unbind(event: string, callback: Callback): unknown
  trigger(event: string, data: string): boolean
  readonly pusher: {
    readonly connection: {
      readonly state: string
      bind(event: string, callback: Callback): unknown
      unbind(event: string, callback: Callback): unknown
    }
  }
}

/** With room for the quotes and the name that go with it. */
const MAX_LENGTH = 9_000
/** Eight in a second, so that two are left for the application's own events. */
const INTERVAL_MS = 125

/** Carries a document over a private or presence channel of pusher-js, of any server that allows client events. */
export function pusherTransport(
  channel: PusherChannel,
  { event = 'client-yjs' }: TransportOptions = {},
): CollaborationTransport {
  return {
    maxLength: MAX_LENGTH,
    intervalMs: INTERVAL_MS,
    listen: (listener) => listen(channel, event, listener),
    send: async (text) => {
      if (!channel.subscribed || !channel.trigger(event, text))
        throw new Error('The channel is not subscribed.')
    },
  }
}

function listen(channel: PusherChannel, event: string, listener: TransportListener): () => void {
  let isConnected = false
  const connected = () => {
    isConnected = true
    listener.connected()
  }
  const stateChanged = () => {
    if (channel.pusher.connection.state === 'connected' || !isConnected) return
    isConnected = false
    listener.disconnected()
  }
  const message = (data: unknown) => {
    if (typeof data === 'string') listener.message(data)
  }
  const refused = (data: unknown) => {
    listener.refused(new Error('The channel is refused.', { cause: data }))
  }
  const bound: readonly [string, Callback][] = [
    [event, message],
    ['pusher:subscription_succeeded', connected],
    ['pusher:subscription_error', refused],
  ]
  for (const [name, callback] of bound) channel.bind(name, callback)
  channel.pusher.connection.bind('state_change', stateChanged)
  if (channel.subscribed) connected()
  return () => {
    for (const [name, callback] of bound) channel.unbind(name, callback)
    channel.pusher.connection.unbind('state_change', stateChanged)
  }
}
