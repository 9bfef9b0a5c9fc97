// What the parts of conversations work with.
import type { ClientParts } from '../channels/channel.ts'
import type { ChannelPresence } from '../presence/channelPresence.ts'
import type { ChannelTyping } from '../typing/channelTyping.ts'
import type { Acknowledger } from './acknowledger.ts'

/** The client's parts, what tells the server how far its user has come, and who is on a channel and types there. */
export interface ChatParts extends ClientParts {
  readonly acknowledger: Acknowledger
  presence(channel: string): ChannelPresence
  typing(channel: string): ChannelTyping
}
