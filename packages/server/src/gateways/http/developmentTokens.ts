// Signing in with a name alone, so that the examples work at once. Never in production.
import { createHash } from 'node:crypto'
import { isText } from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.ts'

const TOKEN_SECONDS = 3_600

const request = z.object({
  name: z.string().trim().min(1).max(60).refine(isText, 'whole characters, none of them U+0000'),
})
/** Longer ids end in a hash, so that they stay within what an id may have. */
const MAX_ID_LENGTH = 100

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
  const encoded = id === '' ? 'guest' : encodeURIComponent(id).replaceAll('%', '.')
  if (encoded.length <= MAX_ID_LENGTH) return encoded
  const digest = createHash('sha256').update(encoded).digest('base64url').slice(0, 12)
  return encoded.slice(0, MAX_ID_LENGTH - digest.length) + digest
}
