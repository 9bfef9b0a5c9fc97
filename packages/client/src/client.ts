// The client: one connection, and everything that travels on it.
import type { NowcastError } from '@nowcast/protocol'
import { Channel, type TypedChannel } from './channels/channel.ts'
import { Subscriptions } from './channels/subscriptions.ts'
import { Connection } from './connection/connection.ts'
import { Acknowledger } from './conversations/acknowledger.ts'
import { LiveConversation } from './conversations/conversation.ts'
import { ConversationList } from './conversations/conversationList.ts'
import { Inbox } from './conversations/inbox.ts'
import type { ChatParts } from './conversations/parts.ts'
import { guard } from './observable.ts'
import type { ClientOptions } from './options.ts'
import { Outbox } from './outbox/outbox.ts'
import { defaultStorage } from './outbox/storage.ts'
import { OutboxStore } from './outbox/store.ts'
import type { EventSchemas } from './schema.ts'
import { systemTimers } from './timers.ts'

const DEFAULT_OUTBOX_SIZE = 1_000
/** Conversations kept in memory that nobody looks at. */
const MAX_IDLE_CONVERSATIONS = 30

/** A client of one Nowcast server. */
export class NowcastClient {
  /** The connection: its state, its user, its latency, and how much waits to be acknowledged. */
  readonly connection: Connection
  /** The user's conversations. */
  readonly conversations: ConversationList
  /** What was sent to the user while no device was there to take it. */
  readonly inbox: Inbox
  readonly #parts: ChatParts
  readonly #live = new Map<string, LiveConversation>()

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
    this.#parts = {
      connection,
      timers,
      subscriptions: new Subscriptions(connection, timers),
      outbox: new Outbox(connection, store, timers, {
        size,
        user: options.user,
        onOtherUser: () => this.#forget(),
      }),
      acknowledger: new Acknowledger(connection, timers),
    }
    this.conversations = new ConversationList(this.#parts, (id) => this.#live.get(id)?.reload())
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
    this.#parts.outbox.close()
    this.#parts.subscriptions.close()
    this.#parts.acknowledger.forget()
    this.connection.disconnect()
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
    const existing = this.#live.get(id)
    if (existing !== undefined) return existing
    this.#forgetIdle()
    const live = new LiveConversation(id, this.#parts)
    this.#live.set(id, live)
    return live
  }

  /** What one user saw is not shown to another. */
  #forget(): void {
    this.#parts.acknowledger.forget()
    for (const live of [this.inbox, this.conversations, ...this.#live.values()]) live.forget()
  }

  #forgetIdle(): void {
    let idle = 0
    for (const [id, live] of [...this.#live].reverse()) {
      if (live.active) continue
      idle += 1
      if (idle > MAX_IDLE_CONVERSATIONS) this.#live.delete(id)
    }
  }
}

/** Makes a client. It connects when it is first used. */
export function createClient(options: ClientOptions): NowcastClient {
  return new NowcastClient(options)
}
