// Pusher's HTTP API: what an application's backend does with any of Pusher's own libraries. It stands right on the HTTP
// server: the way through a web framework costs more than all that an event needs. Guarded by the triggers benchmark.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorKinds, NowcastError } from '@nowcast/protocol'
import type { Logger } from '../../../foundation/log.ts'
import type { Metrics } from '../../../foundation/metrics.ts'
import { type RequestParts, takeIn } from './requests.ts'
import { type AnswerParts, Routes } from './routes.ts'

/** What the API works with. */
export interface PusherApiParts extends RequestParts, AnswerParts {
  readonly metrics: Pick<Metrics, 'refused'>
  readonly log: Logger
}

/** Serves everything below `/apps`. */
export class PusherApi {
  readonly #parts: PusherApiParts
  readonly #routes: Routes

  constructor(parts: PusherApiParts) {
    this.#parts = parts
    this.#routes = new Routes(parts)
  }

  takes(path: string): boolean {
    return path.startsWith('/apps/')
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request).then(
      (answer) => send(response, 200, 'application/json; charset=utf-8', JSON.stringify(answer)),
      (error: unknown) => this.#refuse(response, error),
    )
  }

  async #answer(request: IncomingMessage): Promise<object> {
    const { method = '', url = '' } = request
    const end = url.indexOf('?')
    const { app, route, name } = this.#routes.find(method, end < 0 ? url : url.slice(0, end))
    return route.answer(await takeIn(request, app, route.maxBytes, this.#parts), name)
  }

  /** Refusals are a line of text, as Pusher's own. */
  #refuse(response: ServerResponse, thrown: unknown): void {
    const { metrics, log } = this.#parts
    const isKnown = thrown instanceof NowcastError
    if (!isKnown) log.error({ error: thrown }, "a request of Pusher's HTTP API failed")
    const error = isKnown ? thrown : new NowcastError('internal', 'Something went wrong on the server')
    metrics.refused(error.code)
    if (error.retryAfterMs !== undefined) {
      response.setHeader('retry-after', Math.ceil(error.retryAfterMs / 1_000))
    }
    send(response, errorKinds[error.code].status, 'text/plain; charset=utf-8', `${error.message}\n`)
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}
