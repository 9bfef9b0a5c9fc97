// Gets a link to the server: tries one transport after another until something comes from the server.
import { NowcastError, type Push, type TransportName } from '@nowcast/protocol'
import type { Timers } from '../timers.ts'
import type { TransportChoice } from './choice.ts'
import { Link } from './link.ts'
import { isOnline } from './surroundings.ts'
import type { OpenTransport } from './transport.ts'

/** What links are tried with. */
export interface DialingParts {
  readonly transports: Readonly<Record<TransportName, OpenTransport>>
  readonly choice: TransportChoice
  readonly timers: Timers
  /** For each transport, until `established` is called. */
  readonly timeoutMs: number
}

/** What a dialing tells its owner. */
export interface DialingListener {
  /** This link is open. It may turn out that nothing gets through it, and another is opened. */
  opened(link: Link): void
  push(push: Push): void
  /** Something came that makes no sense; it was ignored. */
  nonsense(error: NowcastError): void
  /** The link has ended over which something had come. @param code a WebSocket close code */
  closed(code: number): void
  /** Nothing has got through, or not in time. */
  failed(error: NowcastError): void
  /** This platform and address can have no link. */
  impossible(error: NowcastError): void
}

/** A WebSocket that takes longer to open is held back by something on the way. */
const WEB_SOCKET_PATIENCE_MS = 2_500

/** One round of attempts, and the link that came of it. */
export class Dialing {
  readonly #parts: DialingParts
  readonly #listener: DialingListener
  #link: Link | undefined
  #cancelTimeout = () => {}

  constructor(parts: DialingParts, listener: DialingListener) {
    this.#parts = parts
    this.#listener = listener
  }

  /** The link that is tried, or was established. */
  get link(): Link | undefined {
    return this.#link
  }

  /** Begins with the transport that is tried first. */
  start(): void {
    this.#parts.choice.beginRound()
    this.#open()
  }

  /** The link may take its time from now on. */
  established(): void {
    this.#cancelTimeout()
  }

  /** Ends the link and all attempts; nothing is told any more. */
  end(): void {
    this.#cancelTimeout()
    const link = this.#link
    this.#link = undefined
    link?.close()
  }

  /** Opens the first of the transports left in this round that can be had. @param failure of those before */
  #open(failure?: NowcastError): void {
    const { choice } = this.#parts
    let impossible: NowcastError | undefined
    do {
      try {
        this.#link = this.#openLink(choice.current, choice.hasNext)
        return
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause)
        impossible ??= new NowcastError('unavailable', message, { cause })
      }
    } while (choice.fail())
    if (failure !== undefined) this.#listener.failed(failure)
    else if (impossible !== undefined) this.#listener.impossible(impossible)
  }

  #openLink(name: TransportName, hasNext: boolean): Link {
    const { transports, choice, timers, timeoutMs } = this.#parts
    const listener = this.#listener
    const startedAt = timers.now()
    const isCurrent = () => this.#link === link
    const link: Link = new Link(transports[name], timers, {
      opened: () => {
        if (!isCurrent()) return
        this.#limit(link, startedAt + timeoutMs - timers.now())
        listener.opened(link)
      },
      heard: () => isCurrent() && choice.prefer(name),
      push: (push) => isCurrent() && listener.push(push),
      nonsense: (error) => listener.nonsense(error),
      closed: (code) => {
        if (!isCurrent()) return
        if (link.heard) listener.closed(code)
        else this.#moveOn(new NowcastError('unavailable', `The server could not be reached (${code}).`))
      },
    })
    const patienceMs = name === 'websocket' && hasNext ? WEB_SOCKET_PATIENCE_MS : timeoutMs
    this.#limit(link, Math.min(patienceMs, timeoutMs))
    return link
  }

  #limit(link: Link, durationMs: number): void {
    this.#cancelTimeout()
    this.#cancelTimeout = this.#parts.timers.after(durationMs, () => {
      const error = new NowcastError('timeout', 'The server could not be reached in time.')
      if (link.heard) this.#listener.failed(error)
      else this.#moveOn(error)
    })
  }

  /** Nothing came over this link: the next transport is tried at once, unless that begins a new round. */
  #moveOn(error: NowcastError): void {
    this.end()
    if (this.#parts.choice.fail() && isOnline()) this.#open(error)
    else this.#listener.failed(error)
  }
}
