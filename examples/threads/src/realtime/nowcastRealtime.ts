// The realtime service through Nowcast's own client.
import type { ConnectionSnapshot, NowcastClient } from '@nowcast/client'
import { NowcastChannel } from './nowcastChannel.ts'
import type { ConnectionState, Observable, Realtime, RealtimeChannel } from './realtime.ts'

/** A connection through Nowcast's client, which belongs to whoever made it. */
export class NowcastRealtime implements Realtime {
  readonly kind = 'nowcast'
  readonly connection: Observable<ConnectionState>
  readonly #client: NowcastClient

  constructor(client: NowcastClient) {
    this.#client = client
    this.connection = {
      subscribe: client.connection.subscribe,
      getSnapshot: () => stateOf(client.connection.getSnapshot()),
    }
  }

  subscribe(channel: string): RealtimeChannel {
    return new NowcastChannel(this.#client, channel)
  }
}

function stateOf({ state, online }: ConnectionSnapshot): ConnectionState {
  if (state === 'failed' || state === 'disconnected') return 'failed'
  if (!online) return 'offline'
  if (state === 'connected') return 'connected'
  return state === 'unavailable' ? 'reconnecting' : 'connecting'
}
