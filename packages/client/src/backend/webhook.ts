// What the server tells the application's backend: checked before anything in it is believed.
import { type Message, NowcastError } from '@nowcast/protocol'
import { hmacMatches, sha256, toHex } from './signing.ts'

/** Messages were sent to users who were offline. */
export interface WebhookEvent {
  readonly type: 'message.missed'
  /** The same for every repetition: who has taken an event with this id ignores another one. */
  readonly id: string
  /** The app's id. */
  readonly app: string
  /** Of one conversation, in order. */
  readonly messages: readonly {
    readonly message: Message
    /** Ids of the members who were offline. */
    readonly users: readonly string[]
  }[]
}

/** The headers of a request, as Node.js or as the platform's `Headers` has them. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** How far a timestamp may be from this clock. */
const WINDOW_MS = 600_000
/** Stands in the signature where requests to the server have their path. */
const SIGNED_PATH = 'webhook'

/**
 * The event of a request that only the server can have made.
 * @param body exactly as it was received
 * @throws NowcastError `unknown_app`, `timestamp_invalid`, `signature_invalid`, `malformed_frame`, `unknown_command`
 */
export async function verifyWebhook(
  { key, secret }: { readonly key: string; readonly secret: string },
  headers: WebhookHeaders,
  body: string | Uint8Array,
): Promise<WebhookEvent> {
  if (header(headers, 'x-nowcast-key') !== key)
    throw new NowcastError('unknown_app', 'The request is for another app.')
  const timestamp = header(headers, 'x-nowcast-timestamp')
  // What comes late or early may be a request that somebody has recorded.
  if (!/^\d{1,16}$/.test(timestamp) || Math.abs(Date.now() - Number(timestamp)) > WINDOW_MS)
    throw new NowcastError('timestamp_invalid', 'The timestamp is more than 10 minutes from this clock.')
  const signed = `${timestamp}\nPOST\n${SIGNED_PATH}\n${toHex(await sha256(body))}`
  if (!(await hmacMatches(secret, signed, header(headers, 'x-nowcast-signature'))))
    throw new NowcastError('signature_invalid', 'The signature does not fit the request.')
  return parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
}

function parse(text: string): WebhookEvent {
  let event: WebhookEvent | null
  try {
    event = JSON.parse(text)
  } catch (cause) {
    throw new NowcastError('malformed_frame', 'The body must be JSON.', { cause })
  }
  // Newer servers may tell more.
  if (event?.type === 'message.missed') return event
  throw new NowcastError('unknown_command', `There is no event "${String(event?.type).slice(0, 64)}" here.`)
}

function header(headers: WebhookHeaders, name: string): string {
  const value = isHeaders(headers) ? headers.get(name) : headers[name]
  return typeof value === 'string' ? value : ''
}

function isHeaders(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function'
}
