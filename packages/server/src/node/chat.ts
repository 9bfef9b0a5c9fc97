// Puts the chat feature together: what the apps of a node share of it, and what each app has for itself.
import { CONVERSATION_CHANNEL_PREFIX, NowcastError, SIGNALS_CHANNEL_PREFIX } from '@nowcast/protocol'
import type { ChannelNature } from '../core/channelFeed.ts'
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { History } from '../engine/history.ts'
import { Announcements } from '../features/chat/announcements.ts'
import { ConversationLog } from '../features/chat/conversationLog.ts'
import { Conversations } from '../features/chat/conversations.ts'
import { Departures } from '../features/chat/departures.ts'
import { Inbox } from '../features/chat/inbox.ts'
import { Membership } from '../features/chat/membership.ts'
import { MessageCache } from '../features/chat/messageCache.ts'
import { MessageReader } from '../features/chat/messageReader.ts'
import { Messages } from '../features/chat/messages.ts'
import { MessageWriter } from '../features/chat/messageWriter.ts'
import { Receipts } from '../features/chat/receipts.ts'
import { Streams } from '../features/chat/streams/streams.ts'
import { StreamTexts } from '../features/chat/streams/streamTexts.ts'
import { UserNews } from '../features/chat/userNews.ts'
import type { People } from '../features/people/people.ts'
import type { Typing } from '../features/typing/typing.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import type { Store } from '../store/store.ts'

/** Messages of a conversation kept in this node's memory for those who come back. */
const CONVERSATION_TAIL = 100
/** The same of its signals. */
const SIGNALS_TAIL = 100

/** What the chat feature is built from, for whichever app. */
export interface ChatParts {
  readonly config: Config
  readonly store: Store
  readonly engine: Engine
  readonly hub: Hub
  readonly typing: Typing
  readonly clock: Clock
  readonly log: Logger
}

/** What all apps of a node share of chat. */
export interface SharedChat {
  readonly announcements: Announcements
  readonly writer: MessageWriter
  /** The past of conversations. */
  readonly history: History
}

/** Builds what all apps share. */
export function assembleSharedChat({ store, engine, hub, clock, log }: ChatParts): SharedChat {
  return {
    announcements: new Announcements(engine, hub, store, clock, log),
    writer: new MessageWriter(store, clock),
    history: new ConversationLog(store),
  }
}

/** The chat feature of one app on one node. */
export interface Chat {
  readonly conversations: Conversations
  readonly membership: Membership
  readonly messages: Messages
  readonly messageReader: MessageReader
  readonly messageCache: MessageCache
  readonly streams: Streams
  readonly receipts: Receipts
  readonly inbox: Inbox
  /** Hears of commits to the app's conversations. */
  readonly departures: Departures
  /** What a conversation's channel or its channel of signals is, or undefined for other channels. */
  natureOf(channel: string): ChannelNature | undefined
}

/** Builds the chat feature of an app. */
export function assembleChat(
  app: string,
  { config, store, engine, hub, typing, clock, log }: ChatParts,
  { announcements, writer, history }: SharedChat,
  people: Pick<People, 'mayHaveOther'>,
): Chat {
  const { maxBodyBytes, maxMembers, receiptWindow, inboxTtl } = config.conversations
  const { cache: cacheOptions, streams: streamOptions } = config.conversations
  const { caches } = engine
  const news = new UserNews(app, engine, log)
  const conversations = new Conversations({ app, store, news, maxMembers })
  const membership = new Membership({ app, store, announcements, news })
  const departures = new Departures({ app, store, hub, clock, log })
  const receipts = new Receipts({
    app,
    store,
    engine,
    conversations,
    news,
    people,
    clock,
    log,
    windowMs: receiptWindow,
    maxEventBytes: config.maxEventBytes,
  })
  const inbox = new Inbox({ app, store, clock, ttlMs: inboxTtl })
  const texts = new StreamTexts(app, caches, clock, log, streamOptions.timeout)
  const sending = { app, store, writer, announcements, news, hub, typing, maxBodyBytes }
  const messages = new Messages({ ...sending, streamTexts: texts })
  const messageCache = new MessageCache({ app, store, caches, clock, log, options: cacheOptions })
  const reader = new MessageReader({ app, store, cache: messageCache, streamTexts: texts })
  const streaming = { app, store, writer, messages, reader, texts, engine, clock, log }
  const streams = new Streams({ ...streaming, options: streamOptions })
  return {
    conversations,
    membership,
    messages,
    messageReader: reader,
    messageCache,
    streams,
    receipts,
    inbox,
    departures,
    natureOf(channel) {
      if (channel.startsWith(SIGNALS_CHANNEL_PREFIX)) {
        return { history: engine, relayed: false, tail: SIGNALS_TAIL, latestOnly: false, urgent: false }
      }
      if (!channel.startsWith(CONVERSATION_CHANNEL_PREFIX)) return undefined
      const conversation = channel.slice(CONVERSATION_CHANNEL_PREFIX.length)
      return {
        history,
        relayed: true,
        tail: CONVERSATION_TAIL,
        latestOnly: false,
        urgent: false,
        opened: () => departures.opened(conversation),
        delivered(publication) {
          const { name } = publication
          if (name === 'member:joined' || name === 'member:left')
            announcements.membersChanged(app, conversation)
          departures.delivered(conversation, publication)
        },
      }
    },
  }
}

/** Creates the conversations that the configuration wants the app of those who name none to have from the start. */
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
