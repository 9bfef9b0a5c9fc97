// One attempt to connect: a token, a link, the handshake. It lasts as long as the connection that comes of it.
import { NowcastError, PROTOCOL_VERSION, type Results } from '@nowcast/protocol'
import { Dialing, type DialingListener, type DialingParts } from './dialing.ts'
import type { Link } from './link.ts'
import type { Tokens } from './tokens.ts'

/** What is needed to connect. */
export interface AttemptParts extends DialingParts {
  readonly tokens: Tokens
  /** The app's public key; undefined when the server has one app. */
  readonly key: string | undefined
  /** For the answer to the handshake. */
  readonly commandTimeoutMs: number
}

/** What an attempt tells its owner, until it is ended. */
export interface AttemptListener extends Omit<DialingListener, 'opened'> {
  /** The server has let the user in. */
  established(link: Link, result: Results['connect']): void
  /** The server has not. */
  refused(error: NowcastError): void
}

/** An attempt. */
export class Attempt {
  readonly #parts: AttemptParts
  readonly #listener: AttemptListener
  readonly #dialing: Dialing
  #token: string | undefined
  #hasEnded = false
  #cancelTimeout = () => {}

  constructor(parts: AttemptParts, listener: AttemptListener) {
    this.#parts = parts
    this.#listener = listener
    this.#dialing = new Dialing(parts, { ...listener, opened: (link) => void this.#handshake(link) })
  }

  /** The link that is tried, or was established. */
  get link(): Link | undefined {
    return this.#dialing.link
  }

  /** Gets a token, and begins to dial. */
  async start(): Promise<void> {
    const { tokens, timers, timeoutMs } = this.#parts
    this.#cancelTimeout = timers.after(timeoutMs, () =>
      this.#listener.failed(new NowcastError('timeout', 'No token could be had in time.')),
    )
    try {
      this.#token = await tokens.get()
    } catch (cause) {
      const error = new NowcastError('unauthorized', 'No token could be had.', { cause })
      if (!this.#hasEnded) this.#listener.failed(error)
      return
    }
    this.#cancelTimeout()
    if (!this.#hasEnded) this.#dialing.start()
  }

  /** Ends the link and all that is tried; nothing is told any more. */
  end(): void {
    this.#hasEnded = true
    this.#cancelTimeout()
    this.#dialing.end()
  }

  async #handshake(link: Link): Promise<void> {
    const { key, commandTimeoutMs } = this.#parts
    const token = this.#token
    const command = {
      version: PROTOCOL_VERSION,
      client: 'nowcast-js/0.1.0',
      ...(key === undefined ? {} : { key }),
      ...(token === undefined ? {} : { token }),
    }
    try {
      const result = await link.request('connect', command, commandTimeoutMs)
      if (this.link !== link) return
      this.#dialing.established()
      this.#listener.established(link, result)
    } catch (error) {
      if (this.link === link && error instanceof NowcastError) this.#listener.refused(error)
    }
  }
}
