// What a client is told when something it asked for is refused and the connection goes on.
import { type ErrorCode, errorKinds, type NowcastError } from '@nowcast/protocol'
import { encodeEvent } from './format.ts'

/** A client event that is refused has this code, whatever the reason; all else has none. */
export const CLIENT_EVENT_REFUSED = 4301
/** What a presence channel that is full is told with: over quota. */
const FULL = 4004

/** An error that belongs to no subscription. */
export function encodeError(
  { message }: NowcastError,
  { code = null, channel }: { readonly code?: number | null; readonly channel?: string | undefined } = {},
): Uint8Array {
  return encodeEvent('pusher:error', { code, message }, channel)
}

/** A subscription that is refused. @param channel as the client named it */
export function encodeSubscriptionError(channel: string, error: NowcastError): Uint8Array {
  const { code, field, message } = error
  const status = field === 'members' ? FULL : errorKinds[code].status
  return encodeEvent('pusher:subscription_error', { type: typeOf(code), error: message, status }, channel)
}

function typeOf(code: ErrorCode): string {
  switch (code) {
    case 'signature_invalid':
    case 'unauthorized':
    case 'forbidden':
      return 'AuthError'
    case 'data_too_large':
    case 'limit_exceeded':
    case 'too_many_commands':
    case 'too_many_subscriptions':
      return 'LimitReached'
    default:
      return errorKinds[code].status >= 500 ? 'ServerError' : 'BadRequest'
  }
}
