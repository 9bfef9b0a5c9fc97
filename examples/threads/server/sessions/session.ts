// Who a request is of, by the signed cookie of its session.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Queries } from '../database/database.ts'
import { Refusal } from '../http/refusal.ts'
import { type Actor, findActor, SESSION_SECONDS } from './queries.ts'

const COOKIE = 'threads_session'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null when nobody is signed in. */
    actor: Actor | null
  }
}

/** Finds out who each request is of. */
export function readSessions(server: FastifyInstance, queries: Queries): void {
  server.decorateRequest('actor', null)
  server.addHook('onRequest', async (request) => {
    const token = sessionToken(request)
    if (token !== undefined) request.actor = (await findActor(queries, token)) ?? null
  })
}

/**
 * Who asks.
 * @throws Refusal `unauthorized` when nobody is signed in
 */
export function actorOf({ actor }: FastifyRequest): Actor {
  if (actor === null) throw new Refusal('unauthorized', 'Sign in first.')
  return actor
}

/** The token of the request's session, if its cookie is one of ours. */
export function sessionToken(request: FastifyRequest): string | undefined {
  const cookie = request.cookies[COOKIE]
  if (cookie === undefined) return undefined
  const { valid, value } = request.unsignCookie(cookie)
  return valid ? value : undefined
}

const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: 'auto', signed: true } as const

/** Gives the page a session's cookie. */
export function setSession(reply: FastifyReply, token: string): void {
  reply.setCookie(COOKIE, token, { ...attributes, maxAge: SESSION_SECONDS })
}

/** Takes the cookie back. */
export function clearSession(reply: FastifyReply): void {
  reply.clearCookie(COOKIE, attributes)
}
