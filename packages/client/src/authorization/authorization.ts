// Which channels the application's backend decides about. How it is asked is loaded when it is needed, so that pages which
// have no such channels need not carry it.
import type { SubscribeRequest } from '@nowcast/protocol'
import type { AuthorizationRequest, Authorize } from '../options.ts'
import type { Timers } from '../timers.ts'
import type { Authorizer } from './authorizer.ts'

/** What a subscribe command shows the server. */
export type Proof = Pick<SubscribeRequest, 'auth' | 'channelData'>

/** The application's word on who may subscribe. */
export class Authorization {
  readonly #source: string | Authorize | undefined
  readonly #timers: Timers
  #authorizer: Authorizer | undefined

  /** @param source a URL, or what asks; undefined: nobody decides */
  constructor(source: string | Authorize | undefined, timers: Timers) {
    this.#source = source
    this.#timers = timers
  }

  /** Whether it decides about a channel. */
  decides(channel: string): boolean {
    return Boolean(this.#source) && /^(private|presence)-/.test(channel)
  }

  /** @throws NowcastError `forbidden`, `unavailable`, or what the application's function throws */
  async ask(request: AuthorizationRequest): Promise<Proof> {
    const { Authorizer } = await import('./authorizer.ts')
    this.#authorizer ??= new Authorizer(this.#source, this.#timers)
    return this.#authorizer.ask(request)
  }
}
