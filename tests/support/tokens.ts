// Tokens as an application would sign them.
import { createHmac } from 'node:crypto'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An HS256 token for a user. */
export function tokenFor(
  user: string,
  claims: Readonly<Record<string, unknown>> = {},
  secret = 'dev-secret',
  expiresInSeconds = 3_600,
): string {
  const exp = Math.floor(Date.now() / 1_000) + expiresInSeconds
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: user, name: user, exp, ...claims })}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
