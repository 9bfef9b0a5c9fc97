// What keeps an established connection good: its heartbeat, fresh tokens, and the way back to a better transport.
import type { Commands, CommandType, Results, TransportName } from '@nowcast/protocol'
import type { Timers } from '../timers.ts'
import type { TransportChoice } from './choice.ts'
import { Heartbeat } from './heartbeat.ts'
import type { TransportProbe } from './overHttp/probe.ts'
import type { Tokens } from './tokens.ts'
import type { OpenTransport } from './transport.ts'

/** What connections are kept with. */
export interface UpkeepParts {
  readonly transports: Readonly<Record<TransportName, OpenTransport>>
  readonly choice: TransportChoice
  readonly tokens: Tokens
  readonly timers: Timers
}

/** Whose connection it is. */
export interface UpkeepOwner {
  /** Asks the server. @throws NowcastError */
  request<T extends CommandType>(type: T, command: Commands[T], timeoutMs?: number): Promise<Results[T]>
  alive(roundTripMs: number): void
  /** The server does not answer any more. */
  dead(): void
  /** A better transport gets through now. */
  better(transport: TransportName): void
}

const LIVENESS_TIMEOUT_MS = 3_000

/** The upkeep of one connection after the other. */
export class Upkeep {
  readonly #parts: UpkeepParts
  readonly #owner: UpkeepOwner
  readonly #heartbeat: Heartbeat
  /** Made when it is first needed. */
  #probe: TransportProbe | undefined
  #run = 0

  constructor(parts: UpkeepParts, owner: UpkeepOwner) {
    this.#parts = parts
    this.#owner = owner
    this.#heartbeat = new Heartbeat(parts.timers, {
      ask: (timeoutMs) => owner.request('ping', {}, timeoutMs),
      alive: (roundTripMs) => owner.alive(roundTripMs),
      dead: () => owner.dead(),
    })
  }

  /** Begins with a connection. */
  start({ heartbeatMs, expiresAt, timestamp }: Results['connect']): void {
    const { timers, tokens, choice } = this.#parts
    if (heartbeatMs > 0) this.#heartbeat.start(heartbeatMs)
    // The server's clock and this one may differ.
    const aheadMs = timestamp - timers.now()
    const lifetimeMs = (endsAt: number) => endsAt - aheadMs - timers.now()
    if (expiresAt !== undefined) {
      tokens.keepFresh(lifetimeMs(expiresAt), async (token) => {
        const renewed = await this.#owner.request('refresh', { token })
        return renewed.expiresAt === undefined ? undefined : lifetimeMs(renewed.expiresAt)
      })
    }
    if (choice.better.length > 0) void this.#lookForBetter()
  }

  /** Asks for a sign of life out of turn. */
  check(): void {
    void this.#heartbeat.check(LIVENESS_TIMEOUT_MS)
  }

  /** The network is another one: what did not get through before may now. */
  networkChanged(): void {
    this.#probe?.reset()
  }

  /** Ends with the connection. */
  stop(): void {
    this.#run += 1
    this.#heartbeat.stop()
    this.#probe?.stop()
    this.#parts.tokens.stop()
  }

  async #lookForBetter(): Promise<void> {
    const { timers, transports, choice } = this.#parts
    const run = this.#run
    try {
      const { TransportProbe } = await import('./overHttp/probe.ts')
      this.#probe ??= new TransportProbe(timers, (name) => transports[name])
    } catch {
      // The code could not be fetched; the next connection tries it again.
      return
    }
    if (run === this.#run) this.#probe.start(choice.better, (name) => this.#owner.better(name))
  }
}
