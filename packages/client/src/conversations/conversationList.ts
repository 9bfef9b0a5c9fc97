// The user's conversations, most recently active first, kept current while somebody looks.
import {
  type Conversation,
  conversationChannel,
  type Message,
  type MessagePage,
  NowcastError,
  type Publication,
  userChannel,
} from '@nowcast/protocol'
import type { ChannelParts } from '../channels/channel.ts'
import { newId } from '../ids.ts'
import { type Observable, Variable } from '../observable.ts'

/** The user's conversations. */
export interface ConversationListSnapshot {
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: NowcastError
  readonly conversations: readonly Conversation[]
}

/** Conversations whose newest message is kept current; for the others it is as of loading. */
const MAX_FOLLOWED = 100

/** A live list of the user's conversations. */
export class ConversationList implements Observable<ConversationListSnapshot> {
  readonly #parts: ChannelParts
  readonly #onJoined: (conversation: string) => void
  readonly #snapshot = new Variable<ConversationListSnapshot>({
    status: 'loading',
    conversations: [],
  })
  readonly #following = new Map<string, () => void>()
  #stop: (() => void) | undefined
  #loads = 0

  /** @param onJoined called when the user has joined or created a conversation here */
  constructor(parts: ChannelParts, onJoined: (conversation: string) => void) {
    this.#parts = parts
    this.#onJoined = onJoined
  }

  readonly getSnapshot = (): ConversationListSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => {
    const stop = this.#snapshot.subscribe(listener)
    this.#stop ??= this.#start()
    return () => {
      stop()
      if (this.#snapshot.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  /** Creates a conversation with the user as its owner. @throws NowcastError */
  async create(draft: {
    readonly name: string
    readonly kind?: 'open' | 'closed'
    readonly members?: readonly string[]
    readonly support?: boolean
    /** Its id; made here when absent. */
    readonly id?: string
  }): Promise<Conversation> {
    const { id = newId(), ...rest } = draft
    return this.#joined(
      await this.#parts.connection.call('conversation.create', { ...rest, conversation: id }),
    )
  }

  /** The direct conversation with another user, made when there is none. @throws NowcastError */
  async direct(user: string): Promise<Conversation> {
    return this.#joined(await this.#parts.connection.call('conversation.direct', { user }))
  }

  /** @throws NowcastError `conversation_not_found`, `conversation_full` */
  async join(conversation: string): Promise<Conversation> {
    return this.#joined(await this.#parts.connection.call('conversation.join', { conversation }))
  }

  /** @throws NowcastError `conversation_not_found` */
  async leave(conversation: string): Promise<void> {
    await this.#parts.connection.call('conversation.leave', { conversation })
    this.#removed(conversation)
  }

  /** Conversations that the user could join, those with most members first. @throws NowcastError */
  async open(): Promise<readonly Conversation[]> {
    return (await this.#parts.connection.call('conversation.list', { scope: 'open' })).conversations
  }

  /** Messages in any of the user's conversations that contain `query`, newest first. @throws NowcastError */
  search(query: string): Promise<MessagePage> {
    return this.#parts.connection.call('conversation.search', { query })
  }

  #start(): () => void {
    const { connection, subscriptions } = this.#parts
    let stopOwn = () => {}
    let followed: string | undefined
    const begin = (user: string | undefined) => {
      void this.#load()
      if (user === undefined || user === followed) return
      followed = user
      stopOwn()
      stopOwn = subscriptions.listen(userChannel(user), {
        event: (publication) => this.#receiveOwn(publication),
        gap: () => void this.#load(),
      })
    }
    // The list is read at every connection: it is small, and what changed meanwhile may be older than any history.
    const stopListening = connection.listen({ established: (user) => queueMicrotask(() => begin(user?.id)) })
    if (connection.state === 'connected') begin(connection.getSnapshot().user?.id)
    else if (connection.state === 'idle') connection.connect()
    return () => {
      this.#loads += 1
      stopListening()
      stopOwn()
      for (const stop of this.#following.values()) stop()
      this.#following.clear()
    }
  }

  async #load(): Promise<void> {
    this.#loads += 1
    const load = this.#loads
    try {
      const { conversations } = await this.#parts.connection.call('conversation.list', { scope: 'mine' })
      if (load === this.#loads) this.#show(conversations)
    } catch (error) {
      if (load !== this.#loads || !(error instanceof NowcastError)) return
      this.#snapshot.update({ status: 'error', error })
    }
  }

  #receiveOwn({ name, data }: Publication): void {
    if (name === 'conversation:added') this.#joined(data as Conversation)
    else if (name === 'conversation:removed') this.#removed((data as { readonly id: string }).id)
  }

  #receive(conversation: Conversation['id'], { name, data, offset }: Publication): void {
    const change = (current: Conversation): Conversation => {
      const position = { ...current.position, offset }
      if (name === 'message:created') return { ...current, position, lastMessage: data as Message }
      if (name === 'member:joined') return { ...current, position, memberCount: current.memberCount + 1 }
      if (name === 'member:left') return { ...current, position, memberCount: current.memberCount - 1 }
      const changed = data as Message
      const isLast = current.lastMessage?.offset === changed.offset
      return isLast ? { ...current, position, lastMessage: changed } : { ...current, position }
    }
    const conversations = this.getSnapshot().conversations.map((current) =>
      current.id === conversation && offset > current.position.offset ? change(current) : current,
    )
    this.#show(conversations)
  }

  #joined(conversation: Conversation): Conversation {
    this.#onJoined(conversation.id)
    if (this.#stop !== undefined) {
      this.#show([
        conversation,
        ...this.getSnapshot().conversations.filter(({ id }) => id !== conversation.id),
      ])
    }
    return conversation
  }

  #removed(conversation: string): void {
    if (this.#stop !== undefined)
      this.#show(this.getSnapshot().conversations.filter(({ id }) => id !== conversation))
  }

  #show(conversations: readonly Conversation[]): void {
    const sorted = [...conversations].sort((one, other) => activity(other) - activity(one))
    this.#snapshot.set({ status: 'ready', conversations: sorted })
    this.#follow(sorted.slice(0, MAX_FOLLOWED))
  }

  #follow(conversations: readonly Conversation[]): void {
    const wanted = new Set(conversations.map(({ id }) => id))
    for (const [id, stop] of this.#following) {
      if (wanted.has(id)) continue
      stop()
      this.#following.delete(id)
    }
    for (const { id } of conversations) {
      if (this.#following.has(id)) continue
      const listener = {
        event: (publication: Publication) => this.#receive(id, publication),
        gap: () => void this.#load(),
      }
      this.#following.set(id, this.#parts.subscriptions.listen(conversationChannel(id), listener))
    }
  }
}

const activity = ({ lastMessage, createdAt }: Conversation): number => lastMessage?.createdAt ?? createdAt
