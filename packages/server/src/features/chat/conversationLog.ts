// A conversation's channel has its past in PostgreSQL: every offset, for ever.
import { CONVERSATION_CHANNEL_PREFIX, NowcastError } from '@nowcast/protocol'
import type { History, HistoryQuery, HistorySlice } from '../../engine/history.ts'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Store } from '../../store/store.ts'

/** Reads conversations' channels from the store. */
export class ConversationLog implements History {
  readonly #store: Pick<Store, 'readLog'>

  constructor(store: Pick<Store, 'readLog'>) {
    this.#store = store
  }

  /** @throws NowcastError `conversation_not_found`, `unavailable` */
  async read(key: ChannelKey, query: HistoryQuery): Promise<HistorySlice> {
    const { app, channel } = splitChannelKey(key)
    if (!channel.startsWith(CONVERSATION_CHANNEL_PREFIX)) {
      throw new NowcastError('internal', `"${channel}" is not the channel of a conversation.`)
    }
    return this.#store.readLog(app, channel.slice(CONVERSATION_CHANNEL_PREFIX.length), query)
  }
}
