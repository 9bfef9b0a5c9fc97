// What the application can see of a connection, and how that changes.
import type { NowcastError, Results, TransportName } from '@nowcast/protocol'
import { Variable } from '../observable.ts'
import { type ConnectionEvent, type ConnectionState, nextState } from './state.ts'
import { isOnline } from './surroundings.ts'

/** What a connection is like now. */
export interface ConnectionSnapshot {
  readonly state: ConnectionState
  /** False when the browser knows that there is no network. */
  readonly online: boolean
  /** Round trip of the heartbeat, smoothed. */
  readonly latencyMs?: number
  readonly user?: NonNullable<Results['connect']['user']>
  /** What the server knows this connection by, while there is one. */
  readonly id?: string
  /** Events and messages that wait to be acknowledged. */
  readonly queued: number
  /** Why the state is `unavailable` or `failed`. */
  readonly error?: NowcastError
  /** When the next attempt begins, in milliseconds since 1970. */
  readonly retryAt?: number
  /** Services of the server that are down, e.g. `database`: what needs them waits. Absent: all is well. */
  readonly degraded?: readonly string[]
  /** What carries the connection, while there is one. */
  readonly transport?: TransportName
}

const LATENCY_SMOOTHING = 0.2

/** The newest snapshot, changed by what happens to the connection. */
export class ConnectionStatus extends Variable<ConnectionSnapshot> {
  constructor() {
    super({ state: 'idle', online: isOnline(), queued: 0 })
  }

  /** The state. */
  get state(): ConnectionState {
    return this.getSnapshot().state
  }

  /** Goes on to the next state; what was said of the one before does not last. */
  become(event: ConnectionEvent, facts: Partial<ConnectionSnapshot> = {}): void {
    const {
      error: _error,
      retryAt: _retryAt,
      degraded: _degraded,
      transport: _transport,
      id: _id,
      ...rest
    } = this.getSnapshot()
    this.set({ ...rest, ...facts, state: nextState(this.state, event) })
  }

  /** A connection was established. */
  established({ user, connection: id }: Results['connect'], transport: TransportName): void {
    // What the server says of its services may have come with its first reply.
    const { online, queued, degraded } = this.getSnapshot()
    const state = nextState(this.state, 'established')
    this.set({ state, online, queued, transport, id, ...(user && { user }), ...(degraded && { degraded }) })
  }

  /** So much waits to be acknowledged. */
  queued(queued: number): void {
    if (queued !== this.getSnapshot().queued) this.update({ queued })
  }

  /** These services of the server are down. */
  degraded(names: readonly string[]): void {
    const { degraded: _, ...rest } = this.getSnapshot()
    this.set({ ...rest, ...(names.length > 0 && { degraded: names }) })
  }

  /** A round trip took so long. */
  measured(roundTripMs: number): void {
    const { latencyMs: before = roundTripMs } = this.getSnapshot()
    const latencyMs = Math.round(before + (roundTripMs - before) * LATENCY_SMOOTHING)
    if (latencyMs !== this.getSnapshot().latencyMs) this.update({ latencyMs })
  }

  /** The network is gone, and there is no next attempt. */
  offline(): void {
    const { retryAt: _, ...rest } = this.getSnapshot()
    this.set({ ...rest, online: false })
  }
}
