// Keeps one link to the server alive: connects, authenticates, and comes back after a loss.
import {
  type Commands,
  type CommandType,
  closeAction,
  NowcastError,
  type Push,
  type Results,
  type TransportName,
} from '@nowcast/protocol'
import { type Observable, tell } from '../observable.ts'
import type { ClientOptions } from '../options.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { TransportChoice } from './choice.ts'
import { whenEstablished } from './established.ts'
import { Failures } from './failures.ts'
import type { Link } from './link.ts'
import { type ConnectionSnapshot, ConnectionStatus } from './snapshot.ts'
import { type ConnectionEvent, type ConnectionState, nextState } from './state.ts'
import { isOnline, watchSurroundings } from './surroundings.ts'
import { Tokens } from './tokens.ts'
import { transportsTo } from './transport.ts'
import { Upkeep } from './upkeep.ts'

/** Hears what happens on the connection. */
export interface ConnectionListener {
  /** Called each time the connection is established, before anything else travels on it. */
  established?(user: ConnectionSnapshot['user'], id: string): void
  lost?(): void
  push?(push: Push): void
}

const CONNECT_TIMEOUT_MS = 5_000
const COMMAND_TIMEOUT_MS = 10_000

/** The client's connection. */
export class Connection implements Observable<ConnectionSnapshot> {
  readonly #options: ClientOptions
  readonly #timers: Timers
  readonly #choice: TransportChoice
  readonly #tokens: Tokens
  readonly #attempts: AttemptParts
  readonly #upkeep: Upkeep
  readonly #failures: Failures
  readonly #status = new ConnectionStatus()
  readonly #listeners = new Set<ConnectionListener>()
  readonly #commandTimeoutMs: number
  /** Has the link; undefined when there is none and none is sought. */
  #attempt: Attempt | undefined
  /** When the connection was established; undefined when there is none. */
  #establishedAt: number | undefined
  /** What the server said before it closed. */
  #reason: NowcastError | undefined
  #cancelRetry = () => {}
  #cancelDraining = () => {}
  #unwatch = () => {}

  constructor(options: ClientOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS
    this.#choice = new TransportChoice(options.transports)
    this.#tokens = new Tokens(options.token, this.#timers)
    this.#failures = new Failures(this.#timers, options.backoff)
    const parts = {
      transports: transportsTo(options),
      choice: this.#choice,
      tokens: this.#tokens,
      timers: this.#timers,
    }
    this.#attempts = {
      ...parts,
      key: options.key,
      timeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      commandTimeoutMs: this.#commandTimeoutMs,
    }
    this.#upkeep = new Upkeep(parts, {
      request: (type, command, timeoutMs) => this.#send(type, command, timeoutMs),
      alive: (roundTripMs) => this.#status.measured(roundTripMs),
      dead: () => this.#link?.abandon(),
      better: (transport) => this.#change(transport),
    })
  }

  readonly subscribe = this.#status.subscribe
  readonly getSnapshot = this.#status.getSnapshot

  get #link(): Link | undefined {
    return this.#attempt?.link
  }

  /** The current state. */
  get state(): ConnectionState {
    return this.#status.state
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
    this.#status.queued(queued)
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
    this.#failures.reset()
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
    return this.#send(type, command)
  }

  /**
   * Sends a command that may safely be repeated: waits for the connection, and tries again when it ends before the reply.
   * @throws NowcastError what the server refused with, `not_connected` when the connection has failed or was ended, or
   * `unauthorized` when another user has signed in meanwhile
   */
  async call<T extends CommandType>(type: T, command: Commands[T]): Promise<Results[T]> {
    const { user } = this.getSnapshot()
    for (;;) {
      this.connectWhenIdle()
      await whenEstablished(this)
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

  #send<T extends CommandType>(
    type: T,
    command: Commands[T],
    timeoutMs = this.#commandTimeoutMs,
  ): Promise<Results[T]> {
    if (this.#establishedAt === undefined || this.#link === undefined) {
      return Promise.reject(new NowcastError('not_connected', 'There is no connection.'))
    }
    return this.#link.request(type, command, timeoutMs)
  }

  #established(link: Link, result: Results['connect']): void {
    const { user, connection, maxFrameBytes } = result
    this.#establishedAt = this.#timers.now()
    if (maxFrameBytes > 0) link.maxFrameBytes = maxFrameBytes
    tell(this.#listeners, (listener) => listener.established?.(user, connection))
    if (this.#link !== link) return
    this.#upkeep.start(result)
    // Last: whoever hears of it may end the connection.
    this.#status.established(result, this.#choice.current)
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
    const reason = this.#reason ?? new NowcastError('unavailable', `The connection was lost (${code}).`)
    const action = closeAction(code)
    if (action === 'give-up') this.#end('give up', reason)
    else if (action === 'refresh') this.#tokenRefused(reason)
    else this.#lost(reason)
  }

  #tokenRefused(error: NowcastError): void {
    this.#failures.ended(this.#establishedAt)
    const mayRepeat = this.#failures.tokenRefused()
    if (this.#tokens.renewable && mayRepeat) this.#lost(error)
    else this.#end('give up', error)
  }

  #lost(error: NowcastError): void {
    if (nextState(this.state, 'lost') === this.state) return
    this.#failures.ended(this.#establishedAt)
    const delayMs = this.#failures.attemptFailed(error)
    this.#end('lost', error, isOnline() ? delayMs : undefined)
  }

  #retry(): void {
    if (this.state === 'unavailable' && isOnline()) this.#begin('retry')
  }

  #begin(event: ConnectionEvent): void {
    this.#cancelRetry()
    this.#reason = undefined
    const attempt = new Attempt(this.#attempts, {
      established: (link, result) => this.#established(link, result),
      refused: (error) => this.#refused(error),
      push: (push) => this.#receive(push),
      nonsense: (error) => this.#options.onError?.(error),
      closed: (code) => this.#closed(code),
      failed: (error) => this.#lost(error),
      impossible: (error) => this.#end('give up', error),
    })
    this.#attempt = attempt
    this.#status.become(event, { online: isOnline() })
    if (this.#attempt === attempt) void attempt.start()
  }

  /** Ends what there is, and says so last: whoever hears of it may begin anew. */
  #end(event: ConnectionEvent, error?: NowcastError, retryAfterMs?: number): void {
    this.#cancelRetry()
    this.#cancelDraining()
    this.#upkeep.stop()
    const wasEstablished = this.#establishedAt !== undefined
    this.#establishedAt = undefined
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.end()
    if (retryAfterMs !== undefined) {
      this.#cancelRetry = this.#timers.after(retryAfterMs, () => this.#retry())
    }
    this.#status.become(event, {
      ...(error && { error }),
      ...(retryAfterMs !== undefined && { retryAt: this.#timers.now() + retryAfterMs }),
    })
    if (wasEstablished) tell(this.#listeners, (listener) => listener.lost?.())
  }

  #receive(push: Push): void {
    if (push.type === 'error') this.#reason = NowcastError.fromWire(push.error)
    else if (push.type === 'status') this.#status.degraded(push.degraded)
    else if (push.type === 'draining') {
      const delayMs = this.#timers.random() * push.reconnectWithinMs
      this.#cancelDraining()
      this.#cancelDraining = this.#timers.after(delayMs, () => this.#link?.abandon())
    }
    tell(this.#listeners, (listener) => listener.push?.(push))
  }

  #becameVisible(): void {
    if (this.#establishedAt === undefined) this.#retry()
    else this.#upkeep.check()
  }

  #cameOnline(): void {
    this.#status.update({ online: true })
    this.#failures.resetAttempts()
    this.#choice.beginRound(0)
    this.#upkeep.networkChanged()
    this.#becameVisible()
  }

  #wentOffline(): void {
    this.#cancelRetry()
    this.#status.offline()
    this.#lost(new NowcastError('unavailable', 'There is no network.'))
  }
}
