// Keeps one link to the server alive: connects, authenticates, beats, refreshes the token, and comes back after a
// loss with exponential backoff and full jitter.
import {
  type Commands,
  type CommandType,
  closeAction,
  NATIVE_PATH,
  NowcastError,
  PROTOCOL_VERSION,
  type Push,
  type Results,
} from '@nowcast/protocol'
import { type Observable, Variable } from '../observable.ts'
import type { ClientOptions, WebSocketConstructor } from '../options.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { Link } from './link.ts'
import { type ConnectionEvent, type ConnectionState, nextState } from './state.ts'
import { isOnline, watchSurroundings } from './surroundings.ts'

/** What a connection is like now. */
export interface ConnectionSnapshot {
  readonly state: ConnectionState
  /** False when the browser knows that there is no network. */
  readonly online: boolean
  /** Round trip of the heartbeat, smoothed. */
  readonly latencyMs?: number
  readonly user?: NonNullable<Results['connect']['user']>
  /** Events and messages that wait to be acknowledged. */
  readonly queued: number
  /** Why the state is `unavailable` or `failed`. */
  readonly error?: NowcastError
  /** When the next attempt begins, in milliseconds since 1970. */
  readonly retryAt?: number
}

/** Hears what happens on the connection. */
export interface ConnectionListener {
  /** Called each time the connection is established, before anything else travels on it. */
  established?(user: ConnectionSnapshot['user']): void
  lost?(): void
  push?(push: Push): void
}

const MAX_TOKEN_REFUSALS = 3
const REFRESH_BEFORE_MS = 30_000
const LIVENESS_TIMEOUT_MS = 3_000
const LATENCY_SMOOTHING = 0.2

/** The client's connection. */
export class Connection implements Observable<ConnectionSnapshot> {
  readonly #options: ClientOptions
  readonly #timers: Timers
  readonly #snapshot: Variable<ConnectionSnapshot>
  readonly #listeners = new Set<ConnectionListener>()
  readonly #commandTimeoutMs: number
  #link: Link | undefined
  #established = false
  #attempt = 0
  #tokenRefusals = 0
  #cancelRetry = () => {}
  #cancelConnectTimeout = () => {}
  #cancelHeartbeat = () => {}
  #cancelRefresh = () => {}
  #unwatch = () => {}

  constructor(options: ClientOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#commandTimeoutMs = options.commandTimeoutMs ?? 10_000
    this.#snapshot = new Variable<ConnectionSnapshot>({ state: 'idle', online: isOnline(), queued: 0 })
    this.subscribe = this.#snapshot.subscribe
    this.getSnapshot = this.#snapshot.getSnapshot
  }

  readonly subscribe: Observable<ConnectionSnapshot>['subscribe']
  readonly getSnapshot: Observable<ConnectionSnapshot>['getSnapshot']

  /** The current state. */
  get state(): ConnectionState {
    return this.#snapshot.getSnapshot().state
  }

  /** Hears what happens. @returns stops that */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Takes note of how much waits to be acknowledged. */
  setQueued(queued: number): void {
    this.#snapshot.update({ queued })
  }

  /** Connects, unless it is connected or about to be. */
  connect(): void {
    const { state } = this
    if (state === 'connecting' || state === 'connected') return
    this.#unwatch()
    this.#unwatch = watchSurroundings({
      online: () => this.#cameOnline(),
      offline: () => this.#wentOffline(),
      visible: () => this.#checkLiveness(),
    })
    this.#cancelRetry()
    this.#attempt = 0
    this.#tokenRefusals = 0
    this.#enter('connect')
    void this.#open()
  }

  /** Ends the connection until `connect` is called. */
  disconnect(): void {
    this.#unwatch()
    this.#cancelRetry()
    this.#enter('disconnect')
    this.#drop()
  }

  /**
   * Sends a command on the established connection, once.
   * @throws NowcastError what the server refused with, `timeout`, or `not_connected`
   */
  request<T extends CommandType>(type: T, command: Commands[T]): Promise<Results[T]> {
    if (!this.#established || this.#link === undefined) {
      return Promise.reject(new NowcastError('not_connected', 'There is no connection.'))
    }
    return this.#link.request(type, command, this.#commandTimeoutMs)
  }

  /**
   * Sends a command that may safely be repeated: waits for the connection, and tries again when it ends before the reply.
   * @throws NowcastError what the server refused with, or `not_connected` when the connection has failed or was ended
   */
  async call<T extends CommandType>(type: T, command: Commands[T]): Promise<Results[T]> {
    for (;;) {
      await this.#whenEstablished()
      try {
        return await this.request(type, command)
      } catch (error) {
        if (!(error instanceof NowcastError) || error.code !== 'not_connected') throw error
      }
    }
  }

  #whenEstablished(): Promise<void> {
    if (this.#established) return Promise.resolve()
    if (this.state === 'idle') this.connect()
    return new Promise((resolve, reject) => {
      const check = () => {
        const { state } = this
        if (state !== 'connected' && state !== 'failed' && state !== 'disconnected') return
        stop()
        if (state === 'connected') resolve()
        else
          reject(this.getSnapshot().error ?? new NowcastError('not_connected', 'The connection was ended.'))
      }
      const stop = this.subscribe(check)
      check()
    })
  }

  async #open(): Promise<void> {
    const timeoutMs = this.#options.connectTimeoutMs ?? 5_000
    let expired = false
    this.#cancelConnectTimeout = this.#timers.after(timeoutMs, () => {
      expired = true
      this.#lost(new NowcastError('timeout', 'The server could not be reached in time.'))
    })
    const cancel = this.#cancelConnectTimeout
    let token: string | undefined
    try {
      token = await this.#token()
    } catch (cause) {
      if (!expired) this.#lost(new NowcastError('unauthorized', 'No token could be had.', { cause }))
      return
    }
    if (expired || this.state !== 'connecting' || cancel !== this.#cancelConnectTimeout) return
    const link: Link = new Link(address(this.#options.url), this.#webSocket(), this.#timers, {
      opened: () => void this.#handshake(link, token),
      push: (push) => this.#receive(push),
      closed: (code) => {
        if (this.#link === link) this.#closed(code)
      },
    })
    this.#link = link
  }

  async #handshake(link: Link, token: string | undefined): Promise<void> {
    const { key } = this.#options
    const command = {
      version: PROTOCOL_VERSION,
      client: 'nowcast-js/0.1.0',
      ...(key === undefined ? {} : { key }),
      ...(token === undefined ? {} : { token }),
    }
    try {
      const result = await link.request('connect', command, this.#commandTimeoutMs)
      if (this.#link === link) this.#establish(result)
    } catch (error) {
      // The close that follows a refusal says what to do; it is remembered here why.
      if (this.#link === link && error instanceof NowcastError) this.#refused(error)
    }
  }

  #establish(result: Results['connect']): void {
    this.#cancelConnectTimeout()
    this.#established = true
    this.#attempt = 0
    this.#tokenRefusals = 0
    const { online, queued } = this.getSnapshot()
    const user = result.user === undefined ? {} : { user: result.user }
    for (const listener of this.#listeners) listener.established?.(result.user)
    this.#snapshot.set({ state: nextState(this.state, 'established'), online, queued, ...user })
    this.#beat(result.heartbeatMs)
    this.#scheduleRefresh(result.expiresAt === undefined ? undefined : result.expiresAt - result.timestamp)
  }

  #refused(error: NowcastError): void {
    const { code } = error
    if (code === 'unauthorized' || code === 'token_expired') {
      this.#tokenRefusals += 1
      const fixed = typeof this.#options.token !== 'function'
      if (fixed || this.#tokenRefusals >= MAX_TOKEN_REFUSALS) this.#giveUp(error)
      else this.#lost(error)
    } else if (code === 'unknown_app' || code === 'unsupported_version') this.#giveUp(error)
    else this.#lost(error)
  }

  #closed(code: number): void {
    if (closeAction(code) === 'give-up')
      this.#giveUp(new NowcastError('malformed_frame', `The server closed with ${code}.`))
    else this.#lost(new NowcastError('unavailable', `The connection was lost (${code}).`))
  }

  #giveUp(error: NowcastError): void {
    this.#drop()
    this.#snapshot.update({ state: nextState(this.state, 'give up'), error })
  }

  #lost(error: NowcastError): void {
    this.#drop()
    if (this.state !== 'connecting' && this.state !== 'connected') return
    const delayMs = this.#backoff()
    this.#attempt += 1
    this.#snapshot.update({
      state: nextState(this.state, 'lost'),
      error,
      retryAt: this.#timers.now() + delayMs,
    })
    if (isOnline()) this.#cancelRetry = this.#timers.after(delayMs, () => this.#retry())
  }

  #retry(): void {
    this.#cancelRetry()
    if (this.state !== 'unavailable') return
    const { retryAt: _, ...snapshot } = this.getSnapshot()
    this.#snapshot.set({ ...snapshot, state: nextState(this.state, 'retry') })
    void this.#open()
  }

  /** Full jitter: many clients that lost the same server do not come back at the same moment. */
  #backoff(): number {
    const { minMs = 200, maxMs = 10_000 } = this.#options.backoff ?? {}
    return Math.round(this.#timers.random() * Math.min(maxMs, minMs * 2 ** Math.min(this.#attempt, 20)))
  }

  #drop(): void {
    this.#cancelConnectTimeout()
    this.#cancelHeartbeat()
    this.#cancelRefresh()
    const wasEstablished = this.#established
    this.#established = false
    const link = this.#link
    this.#link = undefined
    link?.close()
    if (wasEstablished) for (const listener of this.#listeners) listener.lost?.()
  }

  #receive(push: Push): void {
    if (push.type === 'draining') {
      const delayMs = this.#timers.random() * push.reconnectWithinMs
      const link = this.#link
      this.#timers.after(delayMs, () => {
        if (this.#link === link) link?.abandon()
      })
    }
    for (const listener of this.#listeners) listener.push?.(push)
  }

  #beat(heartbeatMs: number): void {
    this.#cancelHeartbeat = this.#timers.after(heartbeatMs, () => {
      void this.#ping(heartbeatMs / 2).then((alive) => alive && this.#beat(heartbeatMs))
    })
    if (this.getSnapshot().latencyMs === undefined) void this.#ping(heartbeatMs / 2)
  }

  /** Asks for a sign of life; without one the link is given up. */
  async #ping(timeoutMs: number): Promise<boolean> {
    const link = this.#link
    if (link === undefined) return false
    const sentAt = this.#timers.now()
    try {
      await link.request('ping', {}, timeoutMs)
    } catch {
      if (this.#link === link) link.abandon()
      return false
    }
    const measured = this.#timers.now() - sentAt
    const { latencyMs = measured } = this.getSnapshot()
    if (this.#link === link) {
      this.#snapshot.update({ latencyMs: Math.round(latencyMs + (measured - latencyMs) * LATENCY_SMOOTHING) })
    }
    return this.#link === link
  }

  #checkLiveness(): void {
    if (this.#established) void this.#ping(LIVENESS_TIMEOUT_MS)
    else this.#retry()
  }

  #cameOnline(): void {
    this.#snapshot.update({ online: true })
    this.#attempt = 0
    this.#retry()
  }

  #wentOffline(): void {
    this.#snapshot.update({ online: false })
    this.#lost(new NowcastError('unavailable', 'There is no network.'))
  }

  #scheduleRefresh(lifetimeMs: number | undefined): void {
    if (lifetimeMs === undefined || typeof this.#options.token !== 'function') return
    const delayMs = Math.min(Math.max(lifetimeMs - REFRESH_BEFORE_MS, lifetimeMs * 0.8), 2 ** 31 - 1)
    this.#cancelRefresh = this.#timers.after(delayMs, () => void this.#refresh())
  }

  async #refresh(): Promise<void> {
    const link = this.#link
    try {
      const token = await this.#token()
      if (link === undefined || link !== this.#link || token === undefined) return
      const { expiresAt } = await link.request('refresh', { token }, this.#commandTimeoutMs)
      this.#scheduleRefresh(expiresAt === undefined ? undefined : expiresAt - this.#timers.now())
    } catch {
      // The server ends the connection when the old token does; the next one asks for a token again.
    }
  }

  async #token(): Promise<string | undefined> {
    const { token } = this.#options
    return typeof token === 'function' ? token() : token
  }

  #webSocket(): WebSocketConstructor {
    const found = this.#options.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined)
    if (found !== undefined) return found
    throw new Error('This platform has no WebSocket: give createClient the one of the "ws" package.')
  }

  #enter(event: ConnectionEvent): void {
    const { error: _error, retryAt: _retryAt, ...snapshot } = this.getSnapshot()
    this.#snapshot.set({ ...snapshot, state: nextState(this.state, event) })
  }
}

function address(url: string): string {
  return url.replace(/^http/, 'ws').replace(/\/+$/, '') + NATIVE_PATH
}
