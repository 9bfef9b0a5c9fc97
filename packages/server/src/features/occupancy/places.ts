// Where in the engine's presence nodes tell each other who subscribes to what, and which channels count.
import { type ChannelKey, channelKey, splitChannelKey } from '../../foundation/channelKey.ts'

const PRESENCE_PREFIX = 'presence-'

/** Where an app's channels are that have subscribers: each is a user there, entered by every node with some. */
export const occupiedPlace = (app: string): ChannelKey => channelKey(app, '~occupied')

/** Where the numbers of a channel's subscribers are: each node is a user there. */
export function countPlace(key: ChannelKey): ChannelKey {
  const { app, channel } = splitChannelKey(key)
  return channelKey(app, `~count/${channel}`)
}

/** Whether a channel is one of the server's own, of which nobody is told. */
export const isInternal = (channel: string): boolean => channel.startsWith('~')

/** Whether a channel's members are told. */
export const hasMembers = (channel: string): boolean => channel.startsWith(PRESENCE_PREFIX)
