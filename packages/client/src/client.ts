// The client: one connection, and everything that travels on it.
import type { NowcastError } from '@nowcast/protocol'
import { Authorization } from './authorization/authorization.ts'
import { Channel, type TypedChannel } from './channels/channel.ts'
import { Subscriptions } from './channels/subscriptions.ts'
import { Connection } from './connection/connection.ts'
import { Acknowledger } from './conversations/acknowledger.ts'
import { LiveConversation } from './conversations/conversation.ts'
import { ConversationList } from './conversations/conversationList.ts'
import { Inbox } from './conversations/inbox.ts'
import type { ChatParts } from './conversations/parts.ts'
import { Kept } from './kept.ts'
import { guard } from './observable.ts'
import type { ClientOptions } from './options.ts'
import { Outbox } from './outbox/outbox.ts'
import { defaultStorage } from './outbox/storage.ts'
import { OutboxStore } from './outbox/store.ts'
import { People } from './people/people.ts'
import { ChannelPresence, isPresencePush } from './presence/channelPresence.ts'
import { Watches } from './presence/watches.ts'
import type { EventSchemas } from './schema.ts'
import { systemTimers } from './timers.ts'
import { ChannelTyping, isTypingPush } from './typing/channelTyping.ts'

const DEFAULT_OUTBOX_SIZE = 1_000
/** Conversations kept in memory that nobody looks at. */
const MAX_IDLE_CONVERSATIONS = 30
/** Channels whose presence or typing nobody looks at. */
const MAX_IDLE_CHANNELS = 100

/** A client of one Nowcast server. */
export class NowcastClient {
  /** The connection: its state, its user, its latency, and how much waits to be acknowledged. */
  readonly connection: Connection
  /** The user's conversations. */
  readonly conversations: ConversationList
  /** What was sent to the user while no device was there to take it. */
  readonly inbox: Inbox
  /** How users are. */
  readonly people: People
  readonly #parts: ChatParts
  readonly #live: Kept<LiveConversation>
  readonly #presence: Kept<ChannelPresence>
  readonly #typing: Kept<ChannelTyping>
  readonly #closing: readonly { close(): void }[]

  constructor(options: ClientOptions) {
    const timers = options.timers ?? systemTimers
    const { size = DEFAULT_OUTBOX_SIZE, storage } = options.outbox ?? {}
    const onError = (error: NowcastError) => guard(() => options.onError?.(error))
    const connection = new Connection({ ...options, onError })
    const store = new OutboxStore(
      storage === 'memory' ? undefined : (storage ?? defaultStorage()),
      `${options.url}\n${options.key ?? ''}`,
      onError,
    )
    this.connection = connection
    const authorization = new Authorization(options.authorize, timers)
    const subscriptions = new Subscriptions(connection, timers, authorization, () => outbox.pump())
    const outbox = new Outbox(connection, store, timers, {
      size,
      user: options.user,
      // What subscribers alone may publish is refused before the channel is subscribed.
      mustWait: ({ channel }) =>
        authorization.decides(channel) && subscriptions.state(channel).state === 'subscribing',
      onOtherUser: () => this.#forget(),
    })
    this.#parts = {
      connection,
      timers,
      subscriptions,
      outbox,
      acknowledger: new Acknowledger(connection, timers),
      presence: (channel) => this.presence(channel),
      typing: (channel) => this.typing(channel),
    }
    const presence = new Watches(this.#parts, 'presence', isPresencePush)
    const typing = new Watches(this.#parts, 'typing', isTypingPush)
    this.people = new People(this.#parts, options.awayAfterMs)
    this.#live = new Kept(MAX_IDLE_CONVERSATIONS, (id) => new LiveConversation(id, this.#parts))
    this.#presence = new Kept(MAX_IDLE_CHANNELS, (channel) => new ChannelPresence(channel, presence))
    this.#typing = new Kept(MAX_IDLE_CHANNELS, (channel) => new ChannelTyping(channel, typing))
    this.#closing = [this.#parts.outbox, this.#parts.subscriptions, presence, typing, this.people]
    this.conversations = new ConversationList(this.#parts, (id) => this.#live.find(id)?.reload())
    this.inbox = new Inbox(this.#parts)
  }

  /** Connects now; without it, the first use does. */
  connect(): void {
    this.connection.connect()
  }

  /** Ends the connection; what waits to be sent goes on waiting until `connect`. */
  disconnect(): void {
    this.connection.disconnect()
  }

  /** Ends the connection for good; what waits to be sent is given up here, and kept in the storage. */
  close(): void {
    this.#parts.acknowledger.forget()
    this.connection.disconnect()
    for (const part of this.#closing) part.close()
  }

  /**
   * A named stream of events. It is subscribed from its first listener to its last, once for the whole page.
   * @param options `events`: schemas by event name (zod, valibot or any other of Standard Schema), which give types and validation
   */
  channel(name: string): Channel
  channel<Schemas extends EventSchemas>(
    name: string,
    options: { readonly events: Schemas },
  ): TypedChannel<Schemas>
  channel(name: string, options: { readonly events?: EventSchemas } = {}): Channel {
    return new Channel(name, this.#parts, options.events)
  }

  /** A conversation: the same object for the same id. */
  conversation(id: string): LiveConversation {
    return this.#live.get(id)
  }

  /** Who is on a channel: the same object for the same channel while it is in use. */
  presence(channel: string): ChannelPresence {
    return this.#presence.get(channel)
  }

  /** Who types on a channel: the same object for the same channel while it is in use. */
  typing(channel: string): ChannelTyping {
    return this.#typing.get(channel)
  }

  /** What one user saw is not shown to another. */
  #forget(): void {
    this.#parts.acknowledger.forget()
    for (const live of this.#live.values()) live.forget()
    for (const presence of this.#presence.values()) presence.forget()
    for (const live of [this.inbox, this.conversations, this.people]) live.forget()
  }
}

/** Makes a client. It connects when it is first used. */
export function createClient(options: ClientOptions): NowcastClient {
  return new NowcastClient(options)
}
