// Signatures by which an application's backend vouches for what its clients show, as Pusher's libraries make them:
// `<key>:<hex HMAC-SHA256>`.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** What an app's clients and backend show who they are with. */
export interface AppKey {
  /** Public. */
  readonly key: string
  readonly secret: string
}

/** How a signature that a client shows came out. */
export type SignatureVerdict = 'valid' | 'unknown key' | 'wrong'

/**
 * Compares a signature with the text that it should be for, in constant time.
 * @param keys those of the app that hold now
 * @param auth `<key>:<signature>`, as the client shows it
 */
export function judgeSignature(keys: readonly AppKey[], auth: string, text: string): SignatureVerdict {
  const end = auth.indexOf(':')
  const signer = keys.find(({ key }) => end >= 0 && key === auth.slice(0, end))
  if (signer === undefined) return 'unknown key'
  const expected = Buffer.from(createHmac('sha256', signer.secret).update(text).digest('hex'))
  const given = Buffer.from(auth.slice(end + 1))
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'valid' : 'wrong'
}
