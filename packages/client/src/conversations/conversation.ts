// A conversation as a page shows it: the newest messages at once, older ones on demand, everything live, and one's
// own on screen before the server has them.
import {
  type Conversation,
  type ConversationMember,
  conversationChannel,
  type Message,
  type MessagePage,
  type Metadata,
  NowcastError,
  type Publication,
} from '@nowcast/protocol'
import type { ChannelParts } from '../channels/channel.ts'
import type { ChannelGap } from '../channels/subscriptions.ts'
import { newId } from '../ids.ts'
import { type Observable, Variable } from '../observable.ts'
import type { Timers } from '../timers.ts'
import {
  allMessages,
  type ChatMessage,
  confirm,
  emptyTimeline,
  pend,
  replace,
  restart,
  type Timeline,
  unpend,
} from './timeline.ts'

/** What a page shows of a conversation. */
export interface ConversationSnapshot {
  /** `refused`: see `error`. */
  readonly status: 'idle' | 'loading' | 'ready' | 'refused'
  readonly error?: NowcastError
  readonly conversation?: Conversation
  /** Oldest first; those on their way last. */
  readonly messages: readonly ChatMessage[]
  /** True when `older` would find more. */
  readonly hasOlder: boolean
  readonly loadingOlder: boolean
}

const PAGE = 20

/** A live conversation. It loads and listens from its first subscriber to its last. */
export class LiveConversation implements Observable<ConversationSnapshot> {
  readonly id: string
  readonly #parts: ChannelParts
  readonly #timers: Timers
  readonly #snapshot = new Variable<ConversationSnapshot>({
    status: 'idle',
    messages: [],
    hasOlder: false,
    loadingOlder: false,
  })
  #timeline: Timeline = emptyTimeline
  #loads = 0
  #stop: (() => void) | undefined

  constructor(id: string, parts: ChannelParts, timers: Timers) {
    this.id = id
    this.#parts = parts
    this.#timers = timers
  }

  /** True while somebody listens or something is on its way. */
  get active(): boolean {
    return this.#snapshot.size > 0 || this.#timeline.pending.length > 0
  }

  readonly getSnapshot = (): ConversationSnapshot => this.#snapshot.getSnapshot()

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

  /**
   * Sends a message: it is on screen at once, and `sent` once the server has stored it, or `failed` with the reason.
   * @returns the message as it is shown now
   */
  send(body: string, options: { readonly metadata?: Metadata } = {}): ChatMessage {
    const message: ChatMessage = {
      id: newId(),
      conversation: this.id,
      offset: 0,
      sender: this.#user ?? '',
      body,
      createdAt: this.#timers.now(),
      status: 'sending',
      own: true,
      ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
    }
    this.#dispatch(message)
    return message
  }

  /** Sends a failed message again, under the same id. */
  retry(id: string): void {
    const failed = this.#timeline.pending.find((message) => message.id === id && message.status === 'failed')
    if (failed === undefined) return
    const { error: _, ...message } = failed
    this.#dispatch({ ...message, status: 'sending' })
  }

  /** Takes a failed message off the screen. */
  discard(id: string): void {
    const failed = this.#timeline.pending.some((message) => message.id === id && message.status === 'failed')
    if (failed) this.#show(unpend(this.#timeline, id))
  }

  /** Loads 20 older messages; resolves when they are on screen. */
  async older(): Promise<void> {
    const { status, hasOlder, loadingOlder } = this.getSnapshot()
    const before = this.#timeline.confirmed[0]?.offset
    if (status !== 'ready' || !hasOlder || loadingOlder || before === undefined) return
    this.#snapshot.update({ loadingOlder: true })
    const load = this.#loads
    try {
      const page = await this.#page(before)
      if (load !== this.#loads) return
      this.#timeline = confirm(this.#timeline, page.messages, this.#user)
      this.#snapshot.update({
        messages: allMessages(this.#timeline),
        hasOlder: page.more,
        loadingOlder: false,
      })
    } catch {
      // It can simply be asked for again.
      if (load === this.#loads) this.#snapshot.update({ loadingOlder: false })
    }
  }

  /** Changes one's own message, on screen at once. @throws NowcastError when the server refused; then it is as before */
  async edit(offset: number, body: string): Promise<void> {
    await this.#optimistically(
      offset,
      (message) => ({ ...message, body, editedAt: this.#timers.now() }),
      async () =>
        (await this.#parts.connection.call('conversation.edit', { conversation: this.id, offset, body }))
          .message,
    )
  }

  /** Deletes one's own message, on screen at once. @throws NowcastError when the server refused; then it is as before */
  async delete(offset: number): Promise<void> {
    await this.#optimistically(
      offset,
      (message) => ({ ...message, body: '', deletedAt: this.#timers.now() }),
      async () =>
        (await this.#parts.connection.call('conversation.delete', { conversation: this.id, offset })).message,
    )
  }

  /** The members, by name. @throws NowcastError */
  async members(): Promise<readonly ConversationMember[]> {
    return (await this.#parts.connection.call('conversation.members', { conversation: this.id })).members
  }

  /** Messages of this conversation that contain `query`, newest first. @throws NowcastError */
  search(query: string): Promise<MessagePage> {
    return this.#parts.connection.call('conversation.search', { query, conversation: this.id })
  }

  /** Loads anew; for after a refusal, e.g. when the user has joined. */
  reload(): void {
    if (this.#stop === undefined) return
    this.#stop()
    this.#stop = this.#start()
  }

  get #user(): string | undefined {
    return this.#parts.connection.getSnapshot().user?.id
  }

  #start(): () => void {
    if (this.getSnapshot().status !== 'ready') this.#snapshot.update({ status: 'loading' })
    const { subscriptions, outbox } = this.#parts
    const channel = conversationChannel(this.id)
    const stopEvents = subscriptions.listen(channel, {
      event: (publication) => this.#receive(publication),
      gap: (gap) => this.#gap(gap),
    })
    // The page is read only once the subscription is live: what is committed after it arrives as an event.
    let asked = false
    const check = () => {
      const { state, error } = subscriptions.snapshot(channel).getSnapshot()
      if (state === 'subscribed' && !asked) {
        asked = true
        void this.#load()
      } else if (state === 'refused' && error !== undefined) this.#refuse(error)
    }
    const stopState = subscriptions.snapshot(channel).subscribe(check)
    const stopRestored = outbox.onRestored(() => this.#showWaiting())
    check()
    this.#showWaiting()
    return () => {
      this.#loads += 1
      stopEvents()
      stopState()
      stopRestored()
    }
  }

  async #load(): Promise<void> {
    this.#loads += 1
    const load = this.#loads
    try {
      const [conversation, page] = await Promise.all([
        this.#parts.connection.call('conversation.get', { conversation: this.id }),
        this.#page(),
      ])
      if (load !== this.#loads) return
      const oldest = page.messages.at(-1)?.offset ?? 0
      // Events that arrived while the page was on its way are newer than it and stay.
      const live = this.#timeline.confirmed.filter(({ offset }) => offset >= oldest)
      this.#timeline = confirm(restart(this.#timeline, page.messages, this.#user), live, this.#user)
      const { error: _, ...snapshot } = this.getSnapshot()
      this.#snapshot.set({
        ...snapshot,
        status: 'ready',
        conversation,
        messages: allMessages(this.#timeline),
        hasOlder: page.more,
        loadingOlder: false,
      })
    } catch (error) {
      if (load === this.#loads && error instanceof NowcastError) this.#refuse(error)
    }
  }

  #refuse(error: NowcastError): void {
    this.#snapshot.update({ status: 'refused', error })
  }

  #page(before?: number) {
    const page = before === undefined ? { limit: PAGE } : { limit: PAGE, before }
    return this.#parts.connection.call('conversation.history', { conversation: this.id, ...page })
  }

  #receive({ name, data }: Publication): void {
    if (name === 'message:created') this.#show(confirm(this.#timeline, [data as Message], this.#user))
    else if (name === 'message:edited' || name === 'message:deleted') {
      // A message that was not loaded is not shown because it was changed.
      const message = data as Message
      const isShown = this.#timeline.confirmed.some(({ offset }) => offset === message.offset)
      if (isShown) this.#show(confirm(this.#timeline, [message], this.#user))
    } else if (name === 'member:joined') this.#countMembers(1)
    else if (name === 'member:left') this.#countMembers(-1)
  }

  #countMembers(change: number): void {
    const { conversation } = this.getSnapshot()
    if (conversation === undefined) return
    this.#snapshot.update({
      conversation: { ...conversation, memberCount: conversation.memberCount + change },
    })
  }

  #gap(_gap: ChannelGap): void {
    void this.#load()
  }

  #dispatch(message: ChatMessage): void {
    this.#show(pend(this.#timeline, message))
    const { id, body, metadata, createdAt } = message
    const command = {
      conversation: this.id,
      messageId: id,
      body,
      ...(metadata === undefined ? {} : { metadata }),
    }
    this.#follow(message, this.#parts.outbox.send(command, createdAt))
  }

  /** Shows what waits in the outbox, from this page or an earlier one. */
  #showWaiting(): void {
    for (const { entry, result } of this.#parts.outbox.waitingFor(this.id)) {
      const { messageId: id, body, metadata } = entry.command
      if (this.#timeline.pending.some((message) => message.id === id)) continue
      const message: ChatMessage = {
        id,
        conversation: this.id,
        offset: 0,
        sender: this.#user ?? '',
        body,
        createdAt: entry.createdAt,
        status: 'sending',
        own: true,
        ...(metadata === undefined ? {} : { metadata }),
      }
      this.#show(pend(this.#timeline, message))
      this.#follow(message, result)
    }
  }

  #follow(message: ChatMessage, result: Promise<{ readonly message: Message }>): void {
    result.then(
      ({ message: stored }) => this.#show(confirm(this.#timeline, [stored], stored.sender)),
      (error: unknown) => {
        const reason = error instanceof NowcastError ? error : new NowcastError('internal', String(error))
        this.#show(pend(this.#timeline, { ...message, status: 'failed', error: reason }))
      },
    )
  }

  async #optimistically(
    offset: number,
    change: (message: ChatMessage) => ChatMessage,
    ask: () => Promise<Message>,
  ): Promise<void> {
    const before = this.#timeline.confirmed.find((message) => message.offset === offset)
    const shown = before === undefined ? undefined : change(before)
    if (shown !== undefined) this.#show(replace(this.#timeline, shown))
    const current = () => this.#timeline.confirmed.find((message) => message.offset === offset)
    try {
      const stored = await ask()
      // The server's own times replace the guessed ones.
      if (current() === shown && before !== undefined)
        this.#show(replace(this.#timeline, { ...before, ...stored }))
    } catch (error) {
      if (current() === shown && before !== undefined) this.#show(replace(this.#timeline, before))
      throw error
    }
  }

  #show(timeline: Timeline): void {
    if (timeline === this.#timeline) return
    this.#timeline = timeline
    this.#snapshot.update({ messages: allMessages(timeline) })
  }
}
