// The user's conversations, most recently active first, kept current while somebody looks.
import {
  type Conversation,
  isObject,
  type MessagePage,
  NowcastError,
  type Publication,
  userChannel,
} from '@nowcast/protocol'
import { untilAnswered } from '../backoff.ts'
import { newId } from '../ids.ts'
import { type Observable, RunningVariable } from '../observable.ts'
import { described, isConversation, isRead } from './described.ts'
import { Following } from './following.ts'
import type { ChatParts } from './parts.ts'
import { isMessage } from './timeline.ts'
import { type Count, NONE } from './unread.ts'
import { total, UnreadCounts } from './unreadCounts.ts'

/** The user's conversations, with what is unread in all of them together. */
export interface ConversationListSnapshot extends Count {
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: NowcastError
  readonly conversations: readonly Conversation[]
}

/** Conversations whose newest message is kept current; for the others it is as of loading. */
const MAX_FOLLOWED = 100
const NOTHING: ConversationListSnapshot = { status: 'loading', conversations: [], ...NONE }

/** A live list of the user's conversations. */
export class ConversationList implements Observable<ConversationListSnapshot> {
  readonly #parts: ChatParts
  readonly #onJoined: (conversation: string) => void
  readonly #snapshot = new RunningVariable(NOTHING, () => this.#start())
  readonly #following: Following
  readonly #unread = new UnreadCounts()
  #stopOwn = () => {}
  #loads = 0
  #loading = false

  /** @param onJoined called when the user has joined or created a conversation */
  constructor(parts: ChatParts, onJoined: (conversation: string) => void) {
    this.#parts = parts
    this.#onJoined = onJoined
    this.#following = new Following(parts, {
      event: (id, publication) => this.#receive(id, publication),
      missed: () => void this.#load(),
    })
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
    this.#unread.keep(new Set())
    this.#following.follow([])
  }

  #start(): () => void {
    const { connection, acknowledger } = this.#parts
    const stopReading = acknowledger.onRead((id, offset) => this.#read(id, offset))
    // The list is read at every connection: it is small, and what changed meanwhile may be older than any history.
    const stopListening = connection.listen({
      established: (user) => queueMicrotask(() => this.#snapshot.running && this.#begin(user?.id)),
    })
    if (connection.state === 'connected') this.#begin(connection.getSnapshot().user?.id)
    else connection.connectWhenIdle()
    return () => {
      this.#loads += 1
      this.#loading = false
      stopReading()
      stopListening()
      this.#stopOwn()
      this.#following.follow([])
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
      const { id, position } = conversation
      const current = known.get(id)
      const isAhead = current?.position.epoch === position.epoch && current.position.offset > position.offset
      if (isAhead) return current
      this.#unread.loaded(conversation)
      // What was read here may not have been said yet.
      this.#unread.read(id, this.#parts.acknowledger.readTo(id))
      return this.#unread.with(conversation)
    })
  }

  #receiveOwn({ name, data }: Publication): void {
    if (name === 'conversation:added' && isConversation(data)) this.#joined(data)
    else if (name === 'conversation:removed' && isObject(data)) this.#removed(String(data.id))
    else if (name === 'conversation:read' && isRead(data)) {
      this.#loadAgain()
      this.#read(data.id, data.read, data)
    }
  }

  #receive(id: string, publication: Publication): void {
    const current = this.#find(id)
    if (current === undefined) return
    const { acknowledger, outbox } = this.#parts
    const { name, data } = publication
    const next = described(current, publication, outbox.owner)
    if (next === current) return
    if (isMessage(data)) {
      this.#unread.receive(name, data, outbox.owner)
      const isOfAnother = name === 'message:created' && data.sender !== outbox.owner
      if (isOfAnother) acknowledger.delivered(id, data.offset)
    }
    this.#replace(current, this.#unread.with(next))
  }

  #read(id: string, offset: number, told?: Count): void {
    const current = this.#find(id)
    this.#unread.read(id, offset, told)
    if (current !== undefined) this.#replace(current, this.#unread.with(current))
  }

  #find(id: string): Conversation | undefined {
    return this.getSnapshot().conversations.find((conversation) => conversation.id === id)
  }

  #replace(current: Conversation, next: Conversation): void {
    if (next === current) return
    const { conversations } = this.getSnapshot()
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
    this.#snapshot.set({ status: 'ready', conversations: sorted, ...total(sorted) })
    this.#unread.keep(new Set(sorted.map(({ id }) => id)))
    this.#following.follow(sorted.slice(0, MAX_FOLLOWED))
  }
}

const activity = ({ lastMessage, createdAt }: Conversation): number => lastMessage?.createdAt ?? createdAt
