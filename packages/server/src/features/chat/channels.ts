// Which channels belong to conversations.
import { CONVERSATION_CHANNEL_PREFIX, SIGNALS_CHANNEL_PREFIX } from '@nowcast/protocol'

/** The conversation whose channel, or whose channel of signals, this is; undefined for all other channels. */
export function conversationOf(channel: string): string | undefined {
  for (const prefix of [CONVERSATION_CHANNEL_PREFIX, SIGNALS_CHANNEL_PREFIX]) {
    if (channel.startsWith(prefix)) return channel.slice(prefix.length)
  }
  return undefined
}
