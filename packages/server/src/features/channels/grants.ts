// What an application's backend lets single connections subscribe to: it signs the connection's id and the channel's name,
// as it does for Pusher's clients.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { USER_CHANNEL_PREFIX } from '@nowcast/protocol'
import type { Connection, Subscription } from '../../core/connection.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { AppKey } from '../apps/app.ts'
import { conversationOf } from '../chat/channels.ts'

/** What a client shows. */
export interface Grant {
  /** `<key>:<hex HMAC-SHA256>`. */
  readonly auth: string
  /** What was signed along with it. */
  readonly channelData?: string | undefined
}

/** Whether the application's backend may decide about a channel: those of conversations and users go by rules of their own. */
export const mayBeGranted = (channel: string): boolean =>
  conversationOf(channel) === undefined && !channel.startsWith(USER_CHANNEL_PREFIX)

/** Whether one of an app's keys has signed that a connection may subscribe to a channel. */
export function verifyGrant(
  keys: readonly AppKey[],
  connection: string,
  channel: string,
  { auth, channelData }: Grant,
): boolean {
  const end = auth.indexOf(':')
  const key = auth.slice(0, end)
  const signer = keys.find((known) => known.key === key)
  if (end < 0 || signer === undefined) return false
  // No channel's name has a brace: what was signed for one channel can't be taken for another one and its data.
  if (channelData !== undefined && !channelData.startsWith('{')) return false
  const signed = [connection, channel, ...(channelData === undefined ? [] : [channelData])].join(':')
  const expected = Buffer.from(createHmac('sha256', signer.secret).update(signed).digest('hex'))
  const given = Buffer.from(auth.slice(end + 1))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The granted subscriptions of one connection; each is forgotten with its subscription. */
export class Grants {
  readonly #granted = new WeakSet<Subscription>()

  /** Takes note that a subscription was granted; nothing where there is none. */
  add(connection: Connection, key: ChannelKey): void {
    const subscription = connection.subscriptions.get(key)
    if (subscription !== undefined) this.#granted.add(subscription)
  }

  has(connection: Connection, key: ChannelKey): boolean {
    const subscription = connection.subscriptions.get(key)
    return subscription !== undefined && this.#granted.has(subscription)
  }
}
