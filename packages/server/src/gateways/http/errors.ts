// Errors of the HTTP API: the same codes as everywhere, with their HTTP status.
import { errorKinds, NowcastError } from '@nowcast/protocol'
import type { FastifyError, FastifyInstance } from 'fastify'
import { ZodError } from 'zod'
import type { Logger } from '../../foundation/log.ts'
import type { Metrics } from '../../foundation/metrics.ts'

/** Answers every error of the API as `{ error: { code, message, … } }`. */
export function answerErrors(server: FastifyInstance, metrics: Metrics, log: Logger): void {
  server.setErrorHandler(async (thrown, _request, reply) => {
    const error = toNowcastError(thrown)
    if (error.code === 'internal') log.error({ error: thrown }, 'an HTTP request failed')
    metrics.refused(error.code)
    if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000))
    return reply.status(errorKinds[error.code].status).send({ error: error.toWire() })
  })
  server.setNotFoundHandler(async (request, reply) => {
    const error = new NowcastError('not_found', `There is nothing at ${request.url.split('?')[0]}.`)
    return reply.status(404).send({ error: error.toWire() })
  })
}

function toNowcastError(thrown: unknown): NowcastError {
  if (thrown instanceof NowcastError) return thrown
  if (thrown instanceof ZodError) {
    const issue = thrown.issues[0]
    const field = issue?.path.join('.') ?? ''
    return new NowcastError('invalid_command', `"${field || 'body'}": ${issue?.message ?? 'is not valid'}.`, {
      field,
    })
  }
  const status = (thrown as Partial<FastifyError>).statusCode ?? 500
  if (status === 413) return new NowcastError('data_too_large', 'The body is too large.')
  if (status >= 400 && status < 500) return new NowcastError('invalid_command', 'The request is not valid.')
  return new NowcastError('internal', 'Something went wrong on the server.')
}
