// Signatures by which an application's backend lets its users subscribe and sign in: `<key>:<hex HMAC-SHA256>`.
import { NowcastError } from '@nowcast/protocol'
import { type AppKey, judgeSignature } from '../../foundation/auth/appSignatures.ts'

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
  // No channel's name has a brace: what was signed for one channel can't be taken for another one and its data.
  if (channelData !== undefined && !channelData.startsWith('{')) throw wrong()
  verify(
    keys,
    auth,
    channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`,
  )
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
  const verdict = judgeSignature(keys, auth ?? '', text)
  if (verdict === 'unknown key') {
    const message = 'The signature is not made with a key of this app.'
    throw new NowcastError('signature_invalid', message, { field: 'auth' })
  }
  if (verdict === 'wrong') throw wrong()
}

const wrong = () =>
  new NowcastError('signature_invalid', 'The signature does not fit what it is for.', { field: 'auth' })
