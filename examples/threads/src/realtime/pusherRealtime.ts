// The realtime service through pusher-js alone, as any application of Pusher uses it.
import Pusher from 'pusher-js'
import type { Me } from '../../shared/api.ts'
import { PusherChannel } from './pusherChannel.ts'
import type { ConnectionState, Realtime, RealtimeChannel } from './realtime.ts'
import { Variable } from './variable.ts'

const AUTH_ENDPOINT = '/api/realtime/auth'

/** Until a reconnection is called one; the first attempt takes a moment on slow networks. */
const UNAVAILABLE_AFTER_MS = 5_000

/** A connection through pusher-js. */
export class PusherRealtime implements Realtime {
  readonly kind = 'pusher'
  readonly connection = new Variable<ConnectionState>('connecting')
  readonly #pusher: Pusher
  #wasConnected = false

  constructor({ host, port, key }: Me['realtime']) {
    const isSecure = location.protocol === 'https:'
    this.#pusher = new Pusher(key, {
      cluster: '',
      wsHost: host,
      wsPort: port,
      wssPort: port,
      forceTLS: isSecure,
      enabledTransports: ['ws', 'wss'],
      disableStats: true,
      unavailableTimeout: UNAVAILABLE_AFTER_MS,
      channelAuthorization: { endpoint: AUTH_ENDPOINT, transport: 'ajax' },
    })
    this.#pusher.connection.bind('state_change', this.#follow)
    addEventListener('online', this.#follow)
    addEventListener('offline', this.#follow)
  }

  subscribe(channel: string): RealtimeChannel {
    return new PusherChannel(this.#pusher, channel)
  }

  /** Ends the connection for good. */
  close(): void {
    removeEventListener('online', this.#follow)
    removeEventListener('offline', this.#follow)
    this.#pusher.connection.unbind('state_change', this.#follow)
    this.#pusher.disconnect()
  }

  readonly #follow = () => {
    const { state } = this.#pusher.connection
    if (state === 'connected') this.#wasConnected = true
    this.connection.set(this.#stateOf(state))
  }

  #stateOf(state: string): ConnectionState {
    if (state === 'failed' || state === 'disconnected') return 'failed'
    if (!navigator.onLine) return 'offline'
    if (state === 'connected') return 'connected'
    return this.#wasConnected || state === 'unavailable' ? 'reconnecting' : 'connecting'
  }
}
