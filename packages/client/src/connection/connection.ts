// Keeps one link to the server alive: connects, authenticates, and comes back after a loss.
import {
  type Commands,
  type CommandType,
  closeAction,
  NowcastError,
  PROTOCOL_VERSION,
  type Push,
  type Results,
  type TransportName,
} from '@nowcast/protocol'
import { backoffMs } from '../backoff.ts'
import { type Observable, tell, Variable } from '../observable.ts'
import type { ClientOptions } from '../options.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { TransportChoice } from './choice.ts'
import { Dialing } from './dialing.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Link } from './link.ts'
import type { TransportProbe } from './overHttp/probe.ts'
import { type ConnectionEvent, type ConnectionState, nextState } from './state.ts'
import { isOnline, watchSurroundings } from './surroundings.ts'
import { Tokens } from './tokens.ts'
import { transportsTo } from './transport.ts'

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
  /** Services of the server that are down, e.g. `database`: what needs them waits. Absent: all is well. */
  readonly degraded?: readonly string[]
  /** What carries the connection, while there is one. */
  readonly transport?: TransportName
}

/** Hears what happens on the connection. */
export interface ConnectionListener {
  /** Called each time the connection is established, before anything else travels on it. */
  established?(user: ConnectionSnapshot['user']): void
  lost?(): void
  push?(push: Push): void
}

const CONNECT_TIMEOUT_MS = 5_000
const COMMAND_TIMEOUT_MS = 10_000
const LIVENESS_TIMEOUT_MS = 3_000
const LATENCY_SMOOTHING = 0.2
const MAX_TOKEN_REFUSALS = 3
/** A connection that lasted less is one more failed attempt. */
const STABLE_MS = 1_000

/** The client's connection. */
export class Connection implements Observable<ConnectionSnapshot> {
  readonly #options: ClientOptions
  readonly #timers: Timers
  readonly #transports: ReturnType<typeof transportsTo>
  readonly #choice: TransportChoice
  readonly #tokens: Tokens
  readonly #heartbeat: Heartbeat
  readonly #snapshot: Variable<ConnectionSnapshot>
  readonly #listeners = new Set<ConnectionListener>()
  readonly #commandTimeoutMs: number
  readonly #connectTimeoutMs: number
  /** Has the link; undefined when there is none and none is sought. */
  #dialing: Dialing | undefined
  /** Made when it is first needed. */
  #probe: TransportProbe | undefined
  /** When the connection was established; undefined when there is none. */
  #establishedAt: number | undefined
  /** Counts attempts, so that what an abandoned one still brings is known as such. */
  #opening = 0
  #failedAttempts = 0
  #tokenRefusals = 0
  /** What the server said before it closed. */
  #reason: NowcastError | undefined
  #cancelRetry = () => {}
  #cancelTokenTimeout = () => {}
  #cancelDraining = () => {}
  #unwatch = () => {}

  constructor(options: ClientOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
    this.#commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS
    this.#transports = transportsTo(options)
    this.#choice = new TransportChoice(options.transports)
    this.#tokens = new Tokens(options.token, this.#timers)
    this.#heartbeat = new Heartbeat(this.#timers, {
      ask: (timeoutMs) => this.#send('ping', {}, timeoutMs),
      alive: (roundTripMs) => this.#measured(roundTripMs),
      dead: () => this.#link?.abandon(),
    })
    this.#snapshot = new Variable<ConnectionSnapshot>({ state: 'idle', online: isOnline(), queued: 0 })
    this.subscribe = this.#snapshot.subscribe
    this.getSnapshot = this.#snapshot.getSnapshot
  }

  readonly subscribe: Observable<ConnectionSnapshot>['subscribe']
  readonly getSnapshot: Observable<ConnectionSnapshot>['getSnapshot']

  get #link(): Link | undefined {
    return this.#dialing?.link
  }

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
    if (queued !== this.getSnapshot().queued) this.#snapshot.update({ queued })
  }

  /** Connects when nobody has asked for it yet. */
  connectWhenIdle(): void {
    if (this.state === 'idle') this.connect()
  }

  /** Connects, unless it is connected or about to be. */
  connect(): void {
    const { state } = this
    if (state === 'connecting' || state === 'connected') return
    this.#unwatch()
    this.#unwatch = watchSurroundings({
      online: () => this.#cameOnline(),
      offline: () => this.#wentOffline(),
      visible: () => this.#becameVisible(),
    })
    this.#failedAttempts = 0
    this.#tokenRefusals = 0
    this.#begin('connect')
  }

  /** Ends the connection until `connect` is called. */
  disconnect(): void {
    this.#unwatch()
    if (this.state !== 'disconnected') this.#end('disconnect')
  }

  /**
   * Sends a command on the established connection, once.
   * @throws NowcastError what the server refused with, `timeout`, or `not_connected`
   */
  request<T extends CommandType>(type: T, command: Commands[T]): Promise<Results[T]> {
    return this.#send(type, command, this.#commandTimeoutMs)
  }

  /**
   * Sends a command that may safely be repeated: waits for the connection, and tries again when it ends before the reply.
   * @throws NowcastError what the server refused with, `not_connected` when the connection has failed or was ended, or
   * `unauthorized` when another user has signed in meanwhile
   */
  async call<T extends CommandType>(type: T, command: Commands[T]): Promise<Results[T]> {
    const { user } = this.getSnapshot()
    for (;;) {
      await this.#whenEstablished()
      if (user !== undefined && user.id !== this.getSnapshot().user?.id) {
        throw new NowcastError('unauthorized', 'Another user has signed in.')
      }
      try {
        return await this.request(type, command)
      } catch (error) {
        if (!(error instanceof NowcastError) || error.code !== 'not_connected') throw error
      }
    }
  }

  #send<T extends CommandType>(type: T, command: Commands[T], timeoutMs: number): Promise<Results[T]> {
    if (this.#establishedAt === undefined || this.#link === undefined) {
      return Promise.reject(new NowcastError('not_connected', 'There is no connection.'))
    }
    return this.#link.request(type, command, timeoutMs)
  }

  #whenEstablished(): Promise<void> {
    this.connectWhenIdle()
    return new Promise((resolve, reject) => {
      let stop = () => {}
      const check = () => {
        const { state, error } = this.getSnapshot()
        if (state === 'connecting' || state === 'unavailable') return
        stop()
        if (state === 'connected') resolve()
        else reject(error ?? new NowcastError('not_connected', 'The connection was ended.'))
      }
      stop = this.subscribe(check)
      check()
    })
  }

  async #open(): Promise<void> {
    const opening = this.#opening
    this.#reason = undefined
    this.#cancelTokenTimeout = this.#timers.after(this.#connectTimeoutMs, () =>
      this.#lost(new NowcastError('timeout', 'No token could be had in time.')),
    )
    let token: string | undefined
    try {
      token = await this.#tokens.get()
    } catch (cause) {
      const error = new NowcastError('unauthorized', 'No token could be had.', { cause })
      if (opening === this.#opening) this.#lost(error)
      return
    }
    if (opening === this.#opening) this.#dial(token)
  }

  #dial(token: string | undefined): void {
    const parts = {
      transports: this.#transports,
      choice: this.#choice,
      timers: this.#timers,
      timeoutMs: this.#connectTimeoutMs,
    }
    this.#cancelTokenTimeout()
    this.#dialing = new Dialing(parts, {
      opened: (link) => void this.#handshake(link, token),
      push: (push) => this.#receive(push),
      nonsense: (error) => this.#options.onError?.(error),
      closed: (code) => this.#closed(code),
      failed: (error) => this.#lost(error),
      impossible: (error) => this.#end('give up', error),
    })
    this.#dialing.start()
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
      if (this.#link === link) this.#establish(link, result)
    } catch (error) {
      if (this.#link === link && error instanceof NowcastError) this.#refused(error)
    }
  }

  #establish(
    link: Link,
    { user, heartbeatMs, maxFrameBytes, expiresAt, timestamp }: Results['connect'],
  ): void {
    this.#dialing?.established()
    const now = this.#timers.now()
    this.#establishedAt = now
    if (maxFrameBytes > 0) link.maxFrameBytes = maxFrameBytes
    tell(this.#listeners, (listener) => listener.established?.(user))
    if (this.#link !== link) return
    if (heartbeatMs > 0) this.#heartbeat.start(heartbeatMs)
    // The server's clock and this one may differ.
    const aheadMs = timestamp - now
    const lifetimeMs = (endsAt: number) => endsAt - aheadMs - this.#timers.now()
    if (expiresAt !== undefined) {
      this.#tokens.keepFresh(lifetimeMs(expiresAt), async (token) => {
        const renewed = await this.request('refresh', { token })
        return renewed.expiresAt === undefined ? undefined : lifetimeMs(renewed.expiresAt)
      })
    }
    if (this.#choice.better.length > 0) void this.#lookForBetter(link)
    // What the server says of its services may have come with its first reply.
    const { online, queued, degraded } = this.getSnapshot()
    const state = nextState(this.state, 'established')
    const transport = this.#choice.current
    // Last: whoever hears of it may end the connection.
    this.#snapshot.set({
      state,
      online,
      queued,
      transport,
      ...(user && { user }),
      ...(degraded && { degraded }),
    })
  }

  async #lookForBetter(link: Link): Promise<void> {
    try {
      const { TransportProbe } = await import('./overHttp/probe.ts')
      this.#probe ??= new TransportProbe(this.#timers, (name) => this.#transports[name])
    } catch {
      // The code could not be fetched; the next connection tries it again.
      return
    }
    if (this.#link === link) this.#probe.start(this.#choice.better, (name) => this.#change(name))
  }

  /** Comes back over a better transport; what happens meanwhile is recovered as after a loss. */
  #change(transport: TransportName): void {
    this.#choice.prefer(transport)
    this.#end('lost', new NowcastError('unavailable', 'The connection moves to a better transport.'), 0)
  }

  #refused(error: NowcastError): void {
    const { code } = error
    if (code === 'unauthorized' || code === 'token_expired') this.#tokenRefused(error)
    else if (error.retryable) this.#lost(error)
    else this.#end('give up', error)
  }

  #closed(code: number): void {
    const reason =
      this.#reason ?? new NowcastError('unavailable', `The connection to the server was lost (${code}).`)
    const action = closeAction(code)
    if (action === 'give-up') this.#end('give up', reason)
    else if (action === 'refresh') this.#tokenRefused(reason)
    else this.#lost(reason)
  }

  #tokenRefused(error: NowcastError): void {
    this.#forgetFailures()
    this.#tokenRefusals += 1
    if (!this.#tokens.renewable || this.#tokenRefusals >= MAX_TOKEN_REFUSALS) this.#end('give up', error)
    else this.#lost(error)
  }

  #lost(error: NowcastError): void {
    if (nextState(this.state, 'lost') === this.state) return
    this.#forgetFailures()
    const waitMs = error.retryAfterMs ?? 0
    const delayMs = waitMs + backoffMs(this.#timers, this.#failedAttempts, this.#options.backoff)
    this.#failedAttempts += 1
    this.#end('lost', error, isOnline() ? delayMs : undefined)
  }

  /** Once a connection has held for a while, what failed before it counts no more. */
  #forgetFailures(): void {
    if (this.#establishedAt === undefined || this.#timers.now() - this.#establishedAt < STABLE_MS) return
    this.#failedAttempts = 0
    this.#tokenRefusals = 0
  }

  #retry(): void {
    if (this.state === 'unavailable' && isOnline()) this.#begin('retry')
  }

  #begin(event: ConnectionEvent): void {
    this.#cancelRetry()
    const opening = this.#opening
    this.#become(event, { online: isOnline() })
    if (opening === this.#opening) void this.#open()
  }

  /** Ends what there is, and says so last: whoever hears of it may begin anew. */
  #end(event: ConnectionEvent, error?: NowcastError, retryAfterMs?: number): void {
    this.#opening += 1
    this.#cancelRetry()
    this.#cancelTokenTimeout()
    this.#cancelDraining()
    this.#heartbeat.stop()
    this.#probe?.stop()
    this.#tokens.stop()
    const wasEstablished = this.#establishedAt !== undefined
    this.#establishedAt = undefined
    const dialing = this.#dialing
    this.#dialing = undefined
    dialing?.end()
    if (retryAfterMs !== undefined) {
      this.#cancelRetry = this.#timers.after(retryAfterMs, () => this.#retry())
    }
    this.#become(event, {
      ...(error && { error }),
      ...(retryAfterMs !== undefined && { retryAt: this.#timers.now() + retryAfterMs }),
    })
    if (wasEstablished) tell(this.#listeners, (listener) => listener.lost?.())
  }

  #become(event: ConnectionEvent, facts: Partial<ConnectionSnapshot>): void {
    const {
      error: _error,
      retryAt: _retryAt,
      degraded: _degraded,
      transport: _transport,
      ...snapshot
    } = this.getSnapshot()
    this.#snapshot.set({ ...snapshot, ...facts, state: nextState(this.state, event) })
  }

  #receive(push: Push): void {
    if (push.type === 'error') this.#reason = NowcastError.fromWire(push.error)
    else if (push.type === 'status') {
      const { degraded: _, ...snapshot } = this.getSnapshot()
      this.#snapshot.set({ ...snapshot, ...(push.degraded.length > 0 && { degraded: push.degraded }) })
    } else if (push.type === 'draining') {
      const delayMs = this.#timers.random() * push.reconnectWithinMs
      this.#cancelDraining()
      this.#cancelDraining = this.#timers.after(delayMs, () => this.#link?.abandon())
    }
    tell(this.#listeners, (listener) => listener.push?.(push))
  }

  #measured(roundTripMs: number): void {
    const { latencyMs: before = roundTripMs } = this.getSnapshot()
    const latencyMs = Math.round(before + (roundTripMs - before) * LATENCY_SMOOTHING)
    if (latencyMs !== this.getSnapshot().latencyMs) this.#snapshot.update({ latencyMs })
  }

  #becameVisible(): void {
    if (this.#establishedAt === undefined) this.#retry()
    else void this.#heartbeat.check(LIVENESS_TIMEOUT_MS)
  }

  #cameOnline(): void {
    this.#snapshot.update({ online: true })
    this.#failedAttempts = 0
    this.#choice.beginRound(0)
    this.#probe?.reset()
    this.#becameVisible()
  }

  #wentOffline(): void {
    const { retryAt: _, ...snapshot } = this.getSnapshot()
    this.#cancelRetry()
    this.#snapshot.set({ ...snapshot, online: false })
    this.#lost(new NowcastError('unavailable', 'There is no network.'))
  }
}
