// Signs the tokens of the bench's users, as an application's backend would.
import { createHmac } from 'node:crypto'

/** The public key of the bench's app. */
export const BENCH_KEY = 'dev-key'

/** The secret that the bench's servers and clients share. */
export const BENCH_SECRET = 'bench-secret'

const HOUR_SECONDS = 3_600
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const HEADER = encode({ alg: 'HS256', typ: 'JWT' })

/** A token for `user` that holds for an hour. */
export function signToken(user: string): string {
  const seconds = Math.floor(Date.now() / 1_000)
  const body = `${HEADER}.${encode({ sub: user, name: user, iat: seconds, exp: seconds + HOUR_SECONDS })}`
  return `${body}.${createHmac('sha256', BENCH_SECRET).update(body).digest('base64url')}`
}
