// The user's conversations, most recently active first, kept current while somebody looks.
import {
  type Conversation,
  conversationChannel,
  isObject,
  type Json,
  type MessagePage,
  NowcastError,
  type Publication,
  userChannel,
} from '@nowcast/protocol'
import { untilAnswered } from '../backoff.ts'
import type { ClientParts } from '../channels/channel.ts'
import { isPosition } from '../connection/incoming.ts'
import { newId } from '../ids.ts'
import { type Observable, RunningVariable } from '../observable.ts'
import { isMessage } from './timeline.ts'

/** The user's conversations. */
export interface ConversationListSnapshot {
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: NowcastError
  readonly conversations: readonly Conversation[]
}

/** Conversations whose newest message is kept current; for the others it is as of loading. */
const MAX_FOLLOWED = 100
const NOTHING: ConversationListSnapshot = { status: 'loading', conversations: [] }

/** A live list of the user's conversations. */
export class ConversationList implements Observable<ConversationListSnapshot> {
  readonly #parts: ClientParts
  readonly #onJoined: (conversation: string) => void
  readonly #snapshot = new RunningVariable(NOTHING, () => this.#start())
  readonly #following = new Map<string, () => void>()
  #stopOwn = () => {}
  #loads = 0
  #loading = false

  /** @param onJoined called when the user has joined or created a conversation */
  constructor(parts: ClientParts, onJoined: (conversation: string) => void) {
    this.#parts = parts
    this.#onJoined = onJoined
  }

  readonly getSnapshot = (): ConversationListSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

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

  /** Resolves also when the user is no member, or there is no such conversation. @throws NowcastError `forbidden` for a direct one */
  async leave(conversation: string): Promise<void> {
    await this.#parts.connection.call('conversation.leave', { conversation }).catch((error: NowcastError) => {
      // To who has left it, a closed conversation does not exist; the answer may have been lost the first time.
      if (error.code !== 'conversation_not_found') throw error
    })
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

  /** Forgets everything; for when another user has signed in. */
  forget(): void {
    this.#loads += 1
    this.#snapshot.set(NOTHING)
    this.#follow([])
  }

  #start(): () => void {
    const { connection } = this.#parts
    // The list is read at every connection: it is small, and what changed meanwhile may be older than any history.
    const stopListening = connection.listen({
      established: (user) => queueMicrotask(() => this.#snapshot.running && this.#begin(user?.id)),
    })
    if (connection.state === 'connected') this.#begin(connection.getSnapshot().user?.id)
    else connection.connectWhenIdle()
    return () => {
      this.#loads += 1
      this.#loading = false
      stopListening()
      this.#stopOwn()
      this.#follow([])
    }
  }

  #begin(user: string | undefined): void {
    this.#stopOwn()
    if (user !== undefined) {
      this.#stopOwn = this.#parts.subscriptions.listen(userChannel(user), {
        event: (publication) => this.#receiveOwn(publication),
        gap: () => void this.#load(),
      })
    }
    void this.#load()
  }

  async #load(): Promise<void> {
    this.#loads += 1
    this.#loading = true
    const load = this.#loads
    const { connection, timers } = this.#parts
    // Several reasons of one turn are one reading.
    await undefined
    try {
      const loaded = await untilAnswered(
        timers,
        () => load === this.#loads,
        () => connection.call('conversation.list', { scope: 'mine' }),
      )
      if (loaded === undefined) return
      this.#loading = false
      this.#show(this.#newest(loaded.conversations))
    } catch (error) {
      if (load !== this.#loads || !(error instanceof NowcastError)) return
      this.#loading = false
      // Without a connection it is read when there is one again.
      if (error.code !== 'not_connected') this.#snapshot.update({ status: 'error', error })
    }
  }

  /** Events may have overtaken the reply; what they brought stays. */
  #newest(loaded: readonly Conversation[]): readonly Conversation[] {
    const known = new Map(this.getSnapshot().conversations.map((current) => [current.id, current]))
    return loaded.map((conversation) => {
      const { position } = conversation
      const current = known.get(conversation.id)
      const isAhead = current?.position.epoch === position.epoch && current.position.offset > position.offset
      return isAhead ? current : conversation
    })
  }

  #receiveOwn({ name, data }: Publication): void {
    if (name === 'conversation:added' && isConversation(data)) this.#joined(data)
    else if (name === 'conversation:removed' && isObject(data)) this.#removed(String(data.id))
  }

  #receive(id: string, { name, data, offset }: Publication): void {
    const { conversations } = this.getSnapshot()
    const current = conversations.find((conversation) => conversation.id === id)
    if (current === undefined || offset <= current.position.offset) return
    const next = { ...current, position: { ...current.position, offset }, ...changeBy(current, name, data) }
    this.#show(conversations.map((conversation) => (conversation === current ? next : conversation)))
  }

  #joined(conversation: Conversation): Conversation {
    this.#onJoined(conversation.id)
    this.#loadAgain()
    if (this.#snapshot.running && this.getSnapshot().status === 'ready') {
      const others = this.getSnapshot().conversations.filter(({ id }) => id !== conversation.id)
      this.#show([...this.#newest([conversation]), ...others])
    }
    return conversation
  }

  #removed(conversation: string): void {
    this.#loadAgain()
    if (!this.#snapshot.running || this.getSnapshot().status !== 'ready') return
    this.#show(this.getSnapshot().conversations.filter(({ id }) => id !== conversation))
  }

  /** The reply under way may be older than what has just happened. */
  #loadAgain(): void {
    if (this.#loading) void this.#load()
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
    for (const { id, position } of conversations) {
      if (this.#following.has(id)) continue
      const channel = conversationChannel(id)
      const listener = {
        event: (publication: Publication) => this.#receive(id, publication),
        gap: () => void this.#load(),
      }
      this.#following.set(id, this.#parts.subscriptions.listen(channel, listener, position))
      // Somebody else listened before and was further on than the list.
      const at = this.#parts.subscriptions.position(channel)
      if (at?.epoch === position.epoch && at.offset > position.offset) void this.#load()
    }
  }
}

function changeBy(current: Conversation, name: string, data: Json): Partial<Conversation> {
  if (name === 'member:joined') return { memberCount: current.memberCount + 1 }
  if (name === 'member:left') return { memberCount: current.memberCount - 1 }
  if (!isMessage(data)) return {}
  const isLast = name === 'message:created' || data.offset === current.lastMessage?.offset
  return isLast ? { lastMessage: data } : {}
}

function isConversation(data: Json): data is Conversation {
  return isObject(data) && typeof data.id === 'string' && isPosition(data.position)
}

const activity = ({ lastMessage, createdAt }: Conversation): number => lastMessage?.createdAt ?? createdAt
