// What was committed is always broadcast. Three ways lead there: this node announces what it committed itself; the
// database notifies every node of every commit; and after a lost database connection all places are compared.
import {
  CONVERSATION_CHANNEL_PREFIX,
  type ConversationEvents,
  conversationChannel,
  ENVELOPE_VERSION,
  type Json,
  type Position,
  type Publication,
} from '@nowcast/protocol'
import type { Hub } from '../../core/hub.ts'
import type { Engine } from '../../engine/engine.ts'
import { channelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Store, StoreListener } from '../../store/store.ts'

const RESYNCHRONIZE_RETRY_MS = 500

/** An event of a conversation with its durable place. */
export interface Announcement<Name extends keyof ConversationEvents = keyof ConversationEvents> {
  readonly app: string
  readonly conversation: string
  readonly name: Name
  readonly data: ConversationEvents[Name]
  readonly position: Position
  readonly sender: string
  readonly timestamp: number
  /** The event's id; made from its place when absent. */
  readonly id?: string
}

/** Hears of what happens in conversations. */
export interface AnnouncementListener {
  /** This node has committed a change; its subscribers are being told. */
  announced(announcement: Announcement): void
  /** Some node has changed who the members are. Called on nodes that the conversation is live on. */
  membersChanged(app: string, conversation: string): void
}

/** Brings committed changes of conversations to their subscribers on all nodes. */
export class Announcements implements StoreListener {
  readonly #engine: Engine
  readonly #hub: Hub
  readonly #store: Pick<Store, 'positions'>
  readonly #clock: Clock
  readonly #log: Logger
  #listener: AnnouncementListener | undefined
  #retrying: Timer | undefined
  #stopped = false

  constructor(engine: Engine, hub: Hub, store: Pick<Store, 'positions'>, clock: Clock, log: Logger) {
    this.#engine = engine
    this.#hub = hub
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** Says who hears of changes besides the subscribers. */
  listen(listener: AnnouncementListener): void {
    this.#listener = listener
  }

  /** Takes note that the members of a conversation have changed. */
  membersChanged(app: string, conversation: string): void {
    this.#listener?.membersChanged(app, conversation)
  }

  /** Broadcasts a change that this node has committed. */
  announce(announcement: Announcement): void {
    const { app, conversation, position } = announcement
    this.#listener?.announced(announcement)
    const key = channelKey(app, conversationChannel(conversation))
    this.#engine.relay(key, toPublication(announcement), position).catch((error: unknown) => {
      // The database's own notification brings it to the subscribers all the same.
      this.#log.warn({ error, conversation }, 'a committed change could not be relayed')
    })
  }

  /** A commit that this node may have missed: the subscribers' channel must come at least that far. */
  committed(app: string, conversation: string, offset: number): void {
    this.#hub.expect(channelKey(app, conversationChannel(conversation)), offset)
  }

  /** Compares the place of every live conversation with the database. */
  resynchronize(): void {
    void this.#resynchronize()
  }

  /** Compares nothing any more. */
  stop(): void {
    this.#stopped = true
    this.#retrying?.cancel()
  }

  async #resynchronize(): Promise<void> {
    this.#retrying?.cancel()
    try {
      for (const [app, conversations] of this.#liveConversations()) {
        const positions = await this.#store.positions(app, conversations)
        for (const [conversation, { offset }] of positions) this.committed(app, conversation, offset)
      }
    } catch (error) {
      if (this.#stopped) return
      this.#log.warn({ error }, 'conversations could not be compared with the database; trying again')
      this.#retrying = this.#clock.after(RESYNCHRONIZE_RETRY_MS, () => this.resynchronize())
    }
  }

  #liveConversations(): Map<string, string[]> {
    const live = new Map<string, string[]>()
    for (const key of this.#hub.liveChannels()) {
      const { app, channel } = splitChannelKey(key)
      if (!channel.startsWith(CONVERSATION_CHANNEL_PREFIX)) continue
      const conversations = live.get(app) ?? []
      conversations.push(channel.slice(CONVERSATION_CHANNEL_PREFIX.length))
      live.set(app, conversations)
    }
    return live
  }
}

function toPublication(announcement: Announcement): Publication {
  const { conversation, position, name, data, sender, timestamp, id } = announcement
  return {
    id: id ?? `${conversation}:${position.offset}`,
    version: ENVELOPE_VERSION,
    channel: conversationChannel(conversation),
    name,
    data: data satisfies Json,
    timestamp,
    sender,
    offset: position.offset,
  }
}
