// What an application's backend lets single connections subscribe to: it signs the connection's id and the channel's name,
// as it does for Pusher's clients.
import { USER_CHANNEL_PREFIX } from '@nowcast/protocol'
import type { Connection } from '../../core/connection.ts'
import { type AppKey, judgeSignature } from '../../foundation/auth/appSignatures.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
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
  // No channel's name has a brace: what was signed for one channel can't be taken for another one and its data.
  if (channelData !== undefined && !channelData.startsWith('{')) return false
  const signed = [connection, channel, ...(channelData === undefined ? [] : [channelData])].join(':')
  return judgeSignature(keys, auth, signed) === 'valid'
}

/** Takes note that a subscription was granted, until it ends; nothing where there is none. */
export function grant({ subscriptions }: Connection, key: ChannelKey): void {
  const subscription = subscriptions.get(key)
  if (subscription !== undefined) subscription.granted = true
}

/** Whether a connection's subscription was granted. */
export const isGranted = ({ subscriptions }: Connection, key: ChannelKey): boolean =>
  subscriptions.get(key)?.granted ?? false
