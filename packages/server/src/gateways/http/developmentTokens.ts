// Signing in with a name alone, so that the examples work at once. Never in production.
import type { FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.ts'

const TOKEN_SECONDS = 3_600

const request = z.object({ name: z.string().trim().min(1).max(60) })

/** Adds `POST /dev/token`: `{ name }` → `{ token, user, expiresAt }`. */
export function developmentTokenRoute(server: FastifyInstance, secret: string, clock: Clock): void {
  const key = new TextEncoder().encode(secret)
  server.post('/dev/token', async ({ body }) => {
    const { name } = request.parse(body)
    const user = { id: userId(name), name }
    const expiresAt = Math.floor(clock.now() / 1_000) + TOKEN_SECONDS
    const token = await new SignJWT({ name })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user.id)
      .setIssuedAt()
      .setExpirationTime(expiresAt)
      .sign(key)
    return { token, user, expiresAt: expiresAt * 1_000 }
  })
}

/** The same name is the same user. */
function userId(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
  const id = plain.replace(/[^\p{Letter}\p{Number}]+/gu, '-').replace(/^-|-$/g, '')
  return id === '' ? 'guest' : encodeURIComponent(id).replaceAll('%', '.')
}
