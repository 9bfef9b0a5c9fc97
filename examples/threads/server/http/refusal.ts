// What a refused request is answered with: `{ error: { code, message } }`.
import type { FastifyInstance } from 'fastify'
import { isOutage } from '../database/database.ts'

/** Status and meaning of each code. */
const statuses = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  too_many_attempts: 429,
  internal: 500,
  unavailable: 503,
} as const

type Code = keyof typeof statuses

/** A request that is refused. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: Code
  /** What is answered beside the error. */
  readonly details: Readonly<Record<string, unknown>>

  /** @param message a sentence for a person */
  constructor(code: Code, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** What does not exist, was deleted, or is another organization's: which of them is not told. */
export const notFound = (what: string): Refusal => new Refusal('not_found', `There is no such ${what}.`)

/** Answers every failure in the one shape. */
export function answerRefusals(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal' || refusal.code === 'unavailable') {
      request.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a request failed')
    }
    const { code, message, details } = refusal
    return reply.code(statuses[code]).send({ error: { code, message }, ...details })
  })
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (isOutage(error)) return new Refusal('unavailable', 'The database is out of reach.')
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  switch (status) {
    case 400:
      return new Refusal('invalid_request', 'The request can not be read.')
    case 404:
      return new Refusal('not_found', 'There is no such page.')
    case 413:
      return new Refusal('too_large', 'The request is too large.')
    case 415:
      return new Refusal('unsupported_type', 'This content type is not taken.')
    default:
      return new Refusal('internal', 'Something went wrong.')
  }
}
