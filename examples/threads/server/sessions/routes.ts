// Signing in and out, and what a page needs first.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Answers, Requests } from '../../shared/api.ts'
import type { Queries } from '../database/database.ts'
import { parse } from '../http/input.ts'
import { Refusal } from '../http/refusal.ts'
import { realtimeAddress } from '../realtime/address.ts'
import type { RealtimeSettings } from '../settings.ts'
import { Attempts } from './attempts.ts'
import { isPassword } from './passwords.ts'
import { createSession, endSession, findAccount, listAccounts, listPeople } from './queries.ts'
import { actorOf, clearSession, sessionToken, setSession } from './session.ts'

const credentials: z.ZodType<Requests['POST /api/login']> = z.object({
  email: z.string().max(200),
  password: z.string().max(200),
})

/** Adds the routes. */
export function sessionRoutes(server: FastifyInstance, queries: Queries, realtime: RealtimeSettings): void {
  const attempts = new Attempts()

  server.get('/api/accounts', (): Promise<Answers['GET /api/accounts']> => listAccounts(queries))

  server.post('/api/login', async (request, reply) => {
    const { email, password } = parse(credentials, request.body)
    const name = `${request.ip} ${email.toLowerCase()}`
    if (attempts.waitMs(name) > 0) {
      throw new Refusal('too_many_attempts', 'Too many wrong passwords: wait a minute.')
    }
    const account = await findAccount(queries, email)
    if (!(await isPassword(password, account?.password)) || account === undefined) {
      attempts.failed(name)
      throw new Refusal('unauthorized', 'There is no account with this address and password.')
    }
    const former = sessionToken(request)
    if (former !== undefined) await endSession(queries, former)
    setSession(reply, await createSession(queries, account.id))
    return reply.code(204).send()
  })

  server.post('/api/logout', async (request, reply) => {
    const token = sessionToken(request)
    if (token !== undefined) await endSession(queries, token)
    clearSession(reply)
    return reply.code(204).send()
  })

  server.get('/api/me', async (request): Promise<Answers['GET /api/me']> => {
    const { user, organization } = actorOf(request)
    const people = await listPeople(queries, organization.id)
    return { user, organization, people, realtime: realtimeAddress(realtime, request.hostname) }
  })
}
