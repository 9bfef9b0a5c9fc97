// Asks the application's backend whether a connection may subscribe to a channel: for several channels at once, but not for
// all, and none for ever.
import { isObject, NowcastError } from '@nowcast/protocol'
import type { AuthorizationRequest, Authorize } from '../options.ts'
import type { Timers } from '../timers.ts'
import type { Proof } from './authorization.ts'

/** Requests that are under way at once; browsers do not open more connections to one server either. */
const MAX_UNDER_WAY = 6
const TIMEOUT_MS = 10_000

/** Asks for one client. */
export class Authorizer {
  readonly #source: string | Authorize | undefined
  readonly #timers: Timers
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  /** @param source a URL, or what asks */
  constructor(source: string | Authorize | undefined, timers: Timers) {
    this.#source = source
    this.#timers = timers
  }

  /** @throws NowcastError `forbidden`, `unavailable`, `internal`, or what the application's function throws */
  async ask(request: AuthorizationRequest): Promise<Proof> {
    if (this.#underWay === MAX_UNDER_WAY) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#underWay += 1
    try {
      return toProof(await this.#inTime(request))
    } catch (cause) {
      if (cause instanceof NowcastError) throw cause
      throw new NowcastError('unavailable', 'The application does not say who may subscribe.', { cause })
    } finally {
      // Its place goes to the next one.
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay -= 1
      else next()
    }
  }

  async #inTime(request: AuthorizationRequest): Promise<unknown> {
    const controller = new AbortController()
    const source = this.#source
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = this.#timers.after(TIMEOUT_MS, () => {
        controller.abort()
        reject(new NowcastError('unavailable', 'The application has not answered in time.'))
      })
    })
    const answer = typeof source === 'string' ? post(source, request, controller.signal) : source?.(request)
    return Promise.race([answer, late]).finally(cancel)
  }
}

/** As pusher-js asks. */
async function post(url: string, request: AuthorizationRequest, signal: AbortSignal): Promise<unknown> {
  const { connection, channel } = request
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ socket_id: connection, channel_name: channel }),
    credentials: 'include',
    cache: 'no-store',
    signal,
  })
  if (response.ok) return response.json()
  const { status } = response
  if (status >= 500 || status === 429 || status === 408) throw new Error(`It answered ${status}.`)
  throw new NowcastError('forbidden', `You may not subscribe to "${channel}".`, { field: 'channel' })
}

function toProof(answer: unknown): Proof {
  if (!isObject(answer) || typeof answer.auth !== 'string') {
    throw new NowcastError('internal', 'The answer of the application has no "auth".')
  }
  const { auth, channel_data: channelData } = answer
  return { auth, ...(typeof channelData === 'string' && { channelData }) }
}
