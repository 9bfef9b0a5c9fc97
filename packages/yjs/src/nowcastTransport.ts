// Over a channel of @nowcast/client: events come in order and exactly once, and what was missed is recovered as a rule.
import type { CollaborationTransport, TransportListener } from './transport.ts'

/** The part of a channel of @nowcast/client that is used. */
export interface NowcastChannel {
  on(name: string, listener: (data: unknown) => void): () => void
  onGap(listener: () => void): () => void
  subscribe(listener: () => void): () => void
  getSnapshot(): { readonly state: string; readonly error?: Error }
  publish(name: string, data: string, options: { readonly echo: false }): Promise<unknown>
}

/** Options of a transport. */
export interface TransportOptions {
  /** The name of the events. Default `client-yjs`: who may subscribe by a signature may send those. */
  readonly event?: string
}

const MAX_LENGTH = 16_000
const INTERVAL_MS = 50

/** Carries a document over a channel of @nowcast/client. */
export function nowcastTransport(
  channel: NowcastChannel,
  { event = 'client-yjs' }: TransportOptions = {},
): CollaborationTransport {
  return {
    maxLength: MAX_LENGTH,
    intervalMs: INTERVAL_MS,
    listen: (listener) => listen(channel, event, listener),
    send: async (text) => {
      await channel.publish(event, text, { echo: false })
    },
  }
}

function listen(channel: NowcastChannel, event: string, listener: TransportListener): () => void {
  let state = ''
  const check = () => {
    const snapshot = channel.getSnapshot()
    if (snapshot.state === state) return
    const before = state
    state = snapshot.state
    if (state === 'subscribed') listener.connected()
    else if (state === 'refused') listener.refused(snapshot.error ?? new Error('The channel is refused.'))
    else if (before === 'subscribed') listener.disconnected()
  }
  const stops = [
    channel.on(event, (data) => {
      if (typeof data === 'string') listener.message(data)
    }),
    channel.onGap(() => {
      if (state === 'subscribed') listener.missed()
    }),
    channel.subscribe(check),
  ]
  check()
  return () => {
    for (const stop of stops) stop()
  }
}
