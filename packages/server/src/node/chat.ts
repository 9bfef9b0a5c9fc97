// Puts the chat feature together.
import { CONVERSATION_CHANNEL_PREFIX, NowcastError } from '@nowcast/protocol'
import type { ChannelNature } from '../core/channelFeed.ts'
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import { Announcements } from '../features/chat/announcements.ts'
import { ConversationLog } from '../features/chat/conversationLog.ts'
import { Conversations } from '../features/chat/conversations.ts'
import { Messages } from '../features/chat/messages.ts'
import { MessageWriter } from '../features/chat/messageWriter.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import type { Store } from '../store/store.ts'

/** Messages of a conversation kept in this node's memory for those who come back. */
const CONVERSATION_TAIL = 100

/** The chat feature of one node. */
export interface Chat {
  readonly announcements: Announcements
  readonly conversations: Conversations
  readonly messages: Messages
  readonly writer: MessageWriter
  /** What a conversation's channel is, or undefined for other channels. */
  natureOf(key: ChannelKey): ChannelNature | undefined
}

/** What the chat feature is built from. */
export interface ChatParts {
  readonly config: Config
  readonly store: Store
  readonly engine: Engine
  readonly hub: Hub
  readonly clock: Clock
  readonly log: Logger
}

/** Builds the chat feature. */
export function assembleChat({ config, store, engine, hub, clock, log }: ChatParts): Chat {
  const app = config.app.id
  const { maxBodyBytes, maxMembers } = config.conversations
  const announcements = new Announcements(engine, hub, store, clock, log)
  const conversations = new Conversations({ app, store, engine, hub, announcements, clock, log, maxMembers })
  const writer = new MessageWriter(store, clock)
  const messages = new Messages({ app, store, writer, announcements, hub, maxBodyBytes })
  const history = new ConversationLog(store)
  return {
    announcements,
    conversations,
    messages,
    writer,
    natureOf(key) {
      const { channel } = splitChannelKey(key)
      if (!channel.startsWith(CONVERSATION_CHANNEL_PREFIX)) return undefined
      const conversation = channel.slice(CONVERSATION_CHANNEL_PREFIX.length)
      return {
        history,
        relayed: true,
        tail: CONVERSATION_TAIL,
        latestOnly: false,
        urgent: false,
        delivered({ name, sender }) {
          if (name === 'member:joined' || name === 'member:left') announcements.membersChanged(conversation)
          if (name === 'member:left' && sender !== undefined) conversations.memberLeft(conversation, sender)
        },
      }
    },
  }
}

/** Creates the conversations that the configuration wants to exist from the start. */
export async function seedConversations(config: Config, store: Store, log: Logger): Promise<void> {
  for (const [id, name] of Object.entries(config.conversations.seed)) {
    const draft = {
      app: config.app.id,
      id,
      kind: 'open',
      name,
      support: false,
      creator: undefined,
      members: [],
      maxMembers: config.conversations.maxMembers,
    } as const
    await store.create(draft).catch((error: unknown) => {
      // No user may keep the server from starting by having been faster.
      if (!(error instanceof NowcastError) || error.code !== 'conversation_exists') throw error
      log.warn({ conversation: id }, 'a user made the conversation that the configuration names')
    })
  }
}
