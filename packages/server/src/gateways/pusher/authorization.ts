// Signatures by which an application's backend lets its users subscribe and sign in: `<key>:<hex HMAC-SHA256>`.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'
import type { AppKey } from '../../features/apps/app.ts'

/**
 * Checks the signature of a subscription.
 * @param keys those of the app that hold now
 * @param channelData what was signed besides; absent where nothing was
 * @throws NowcastError `signature_invalid`
 */
export function verifySubscription(
  keys: readonly AppKey[],
  auth: string | undefined,
  signed: { readonly socketId: string; readonly channel: string; readonly channelData: string | undefined },
): void {
  const { socketId, channel, channelData } = signed
  const text = channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`
  verify(keys, auth, text)
}

/** Checks the signature of a user's data. @throws NowcastError `signature_invalid` */
export function verifyUser(
  keys: readonly AppKey[],
  auth: string | undefined,
  signed: { readonly socketId: string; readonly userData: string },
): void {
  verify(keys, auth, `${signed.socketId}::user::${signed.userData}`)
}

function verify(keys: readonly AppKey[], auth: string | undefined, text: string): void {
  const [key, signature = ''] = auth?.split(':', 2) ?? []
  const secret = keys.find((known) => known.key === key)?.secret
  if (secret === undefined) {
    throw new NowcastError('signature_invalid', 'The signature is not made with a key of this app.', {
      field: 'auth',
    })
  }
  const expected = Buffer.from(createHmac('sha256', secret).update(text).digest('hex'))
  const given = Buffer.from(signature)
  if (given.length === expected.length && timingSafeEqual(given, expected)) return
  throw new NowcastError('signature_invalid', 'The signature does not fit what it is for.', { field: 'auth' })
}
