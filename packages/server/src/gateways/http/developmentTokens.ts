// Signing in with a name alone, so that the examples work at once. Never in production.
import { createHash } from 'node:crypto'
import { isText, NowcastError } from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { App } from '../../features/apps/app.ts'
import { appDisabled } from '../../features/apps/registry.ts'
import type { Clock } from '../../foundation/clock.ts'

const TOKEN_SECONDS = 3_600

const request = z.object({
  name: z.string().trim().min(1).max(60).refine(isText, 'whole characters, none of them U+0000'),
})
const place = z.object({ key: z.string().optional() })
/** Longer ids end in a hash, so that they stay within what an id may have. */
const MAX_ID_LENGTH = 100

/** The app of a key, or without one that of those who name none; undefined for no app's key. */
export type DevelopmentApps = (key: string | undefined) => Pick<App, 'enabled' | 'keys'> | undefined

/** Adds `POST /dev/token`, with `?key=` of an app where there are several: `{ name }` → `{ token, user, expiresAt }`. */
export function developmentTokenRoute(server: FastifyInstance, apps: DevelopmentApps, clock: Clock): void {
  server.post('/dev/token', async ({ body, query }) => {
    const { name } = request.parse(body)
    const app = apps(place.parse(query).key)
    if (app === undefined) throw new NowcastError('unknown_app', 'There is no app with this key.')
    if (!app.enabled) throw appDisabled()
    const key = new TextEncoder().encode(app.keys[0].secret)
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
