// One request to the application: with a time limit, behind a circuit breaker, so many at once.
import {
  BrokenCircuitError,
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
} from 'cockatiel'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'

/** Requests that are under way at once; further ones wait. */
const CONCURRENCY = 8
const MAX_WAITING = 1_000
const BREAKER_FAILURES = 10
const BREAKER_OPEN_MS = 2_000

/** How a request fared. `failed`: the same can succeed later, after `retryAfterMs` where the application says so. */
export type RequestOutcome =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused'; readonly status: number }
  | { readonly outcome: 'failed'; readonly reason: string; readonly retryAfterMs?: number }

/** Where requests go, and how. */
export interface WebhookTarget {
  readonly url: string
  readonly timeoutMs: number
  /** Whether a status other than 2xx means that the same request can never succeed. */
  readonly isRefusal: (status: number) => boolean
}

/** A request, the same for every repetition. */
export interface WebhookRequest {
  /** JSON. */
  readonly body: string
  /** Those that say who asks; read when it is sent. */
  headers(): Readonly<Record<string, string>>
}

/** Sends requests to the application. */
export class WebhookRequests {
  readonly #target: WebhookTarget
  readonly #clock: Clock
  readonly #places: BulkheadPolicy = bulkhead(CONCURRENCY, MAX_WAITING)
  readonly #breaker: CircuitBreakerPolicy
  readonly #stopping = new AbortController()

  constructor(target: WebhookTarget, clock: Clock, log: Logger) {
    // The rest of the address may be a secret.
    const { host } = new URL(target.url)
    this.#target = target
    this.#clock = clock
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: BREAKER_OPEN_MS,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    })
    this.#breaker.onBreak(() => log.error({ host }, 'the webhook is out of reach; it is tried again'))
    this.#breaker.onReset(() => log.info({ host }, 'the webhook is back'))
  }

  /** Sends a request. */
  async post(request: WebhookRequest): Promise<RequestOutcome> {
    try {
      return await this.#places.execute(() => this.#breaker.execute(() => this.#post(request)))
    } catch (error) {
      if (error instanceof ServerFault) return error.outcome
      if (error instanceof BrokenCircuitError) return { outcome: 'failed', reason: 'it is out of reach' }
      return { outcome: 'failed', reason: reasonOf(error) }
    }
  }

  /** Breaks off what is under way. */
  stop(): void {
    this.#stopping.abort()
  }

  async #post(request: WebhookRequest): Promise<RequestOutcome> {
    const { url, timeoutMs } = this.#target
    const late = new AbortController()
    const timer = this.#clock.after(timeoutMs, () => late.abort(new Error('no answer in time')))
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: request.body,
        // Whoever could redirect would receive what is signed for another.
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Nowcast',
          ...request.headers(),
        },
        signal: AbortSignal.any([late.signal, this.#stopping.signal]),
      })
      // Nobody reads what else it says; unread it would hold the connection.
      await response.body?.cancel().catch(() => {})
      return this.#judge(response)
    } finally {
      timer.cancel()
    }
  }

  #judge({ status, headers }: Response): RequestOutcome {
    if (status >= 200 && status < 300) return { outcome: 'accepted' }
    if (this.#target.isRefusal(status)) return { outcome: 'refused', status }
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), this.#clock.now())
    const reason = `it answered ${status}`
    const failed = {
      outcome: 'failed',
      reason,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    } as const
    // One that is busy is not out of reach.
    if (status < 500) return failed
    throw new ServerFault(failed)
  }
}

/** The application could not answer: the breaker counts it. */
class ServerFault extends Error {
  readonly outcome: RequestOutcome & { readonly outcome: 'failed' }

  constructor(outcome: RequestOutcome & { readonly outcome: 'failed' }) {
    super(outcome.reason)
    this.outcome = outcome
  }
}

/**
 * Milliseconds to wait, from the header `Retry-After`: seconds, or a date.
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null || text.trim() === '') return undefined
  const seconds = Number(text)
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - now
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined
}

/** Failures of `fetch` say why in their cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
