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
import { untilAnswered } from '../backoff.ts'
import type { ClientParts } from '../channels/channel.ts'
import type { ChannelGap } from '../channels/entry.ts'
import { type Observable, RunningVariable } from '../observable.ts'
import { Outgoing } from './outgoing.ts'
import {
  allMessages,
  type Change,
  type ChatMessage,
  change,
  confirm,
  emptyTimeline,
  isMessage,
  restart,
  type Timeline,
  trim,
  unchange,
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
  /** Set while the newest messages are loaded anew because some were missed; what lies before them is loaded by `older`. */
  readonly gap?: ChannelGap
}

const NOTHING: ConversationSnapshot = { status: 'idle', messages: [], hasOlder: false, loadingOlder: false }
const PAGE = 20
/** Confirmed messages kept while new ones arrive; `older` brings the others back. */
const MAX_MESSAGES = 2_000

/** A live conversation. It loads and listens from its first subscriber to its last. */
export class LiveConversation implements Observable<ConversationSnapshot> {
  readonly id: string
  readonly #parts: ClientParts
  readonly #outgoing: Outgoing
  readonly #snapshot = new RunningVariable(NOTHING, () => this.#start())
  #timeline: Timeline = emptyTimeline
  /** Counts loads, so that the outcome of an outdated one is known as such. */
  #loads = 0
  /** True once a load is under way or done that the live events continue. */
  #loaded = false

  constructor(id: string, parts: ClientParts) {
    const timeline = () => this.#timeline
    this.id = id
    this.#parts = parts
    this.#outgoing = new Outgoing(id, parts, {
      get timeline() {
        return timeline()
      },
      show: (changed) => this.#show(changed),
    })
  }

  /** True while somebody looks or something is on its way. */
  get active(): boolean {
    return this.#snapshot.size > 0 || this.#timeline.pending.length > 0
  }

  readonly getSnapshot = (): ConversationSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

  /**
   * Sends a message: it is on screen at once, and `sent` once the server has stored it, or `failed` with the reason.
   * @returns the message as it is shown now
   */
  send(body: string, options: { readonly metadata?: Metadata } = {}): ChatMessage {
    return this.#outgoing.send(body, options.metadata)
  }

  /** Sends a failed message again, under the same id. */
  retry(id: string): void {
    this.#outgoing.retry(id)
  }

  /** Takes a failed message off the screen. */
  discard(id: string): void {
    this.#outgoing.discard(id)
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
      this.#snapshot.update({ messages: allMessages(this.#timeline), hasOlder: page.more })
    } catch {
      // It can simply be asked for again.
    }
    if (load === this.#loads) this.#snapshot.update({ loadingOlder: false })
  }

  /** Changes one's own message, on screen at once. @throws NowcastError when the server refused; then it is as before */
  edit(offset: number, body: string): Promise<void> {
    return this.#changed({ offset, body, editedAt: this.#parts.timers.now() }, () =>
      this.#parts.connection.call('conversation.edit', { conversation: this.id, offset, body }),
    )
  }

  /** Deletes one's own message, on screen at once. @throws NowcastError when the server refused; then it is as before */
  delete(offset: number): Promise<void> {
    return this.#changed({ offset, body: '', deletedAt: this.#parts.timers.now() }, () =>
      this.#parts.connection.call('conversation.delete', { conversation: this.id, offset }),
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
    this.#snapshot.restart()
  }

  /** Forgets everything and loads anew; for when another user has signed in. */
  forget(): void {
    this.#loads += 1
    this.#timeline = emptyTimeline
    this.#snapshot.set(NOTHING)
    this.reload()
  }

  get #user(): string | undefined {
    return this.#parts.outbox.owner
  }

  #start(): () => void {
    const { error: _, ...before } = this.getSnapshot()
    if (before.status !== 'ready') this.#snapshot.set({ ...before, status: 'loading' })
    const { subscriptions, outbox } = this.#parts
    const channel = conversationChannel(this.id)
    const stopEvents = subscriptions.listen(channel, {
      event: (publication) => this.#receive(publication),
      gap: (gap) => this.#gap(gap),
    })
    this.#loaded = false
    // The page is read only once the subscription is live: what is committed after it arrives as an event.
    const check = () => {
      const { state, error } = subscriptions.state(channel)
      if (state === 'subscribed' && !this.#loaded) void this.#load()
      else if (state === 'refused' && error !== undefined) this.#refuse(error)
    }
    const stopState = subscriptions.watch(channel, check)
    const stopRestored = outbox.onRestored(() => this.#outgoing.showWaiting())
    check()
    this.#outgoing.showWaiting()
    return () => {
      this.#loads += 1
      stopEvents()
      stopState()
      stopRestored()
    }
  }

  async #load(): Promise<void> {
    this.#loads += 1
    this.#loaded = true
    const load = this.#loads
    const { connection, timers } = this.#parts
    try {
      const loaded = await untilAnswered(
        timers,
        () => load === this.#loads,
        () => Promise.all([connection.call('conversation.get', { conversation: this.id }), this.#page()]),
      )
      if (loaded !== undefined) this.#showLoaded(...loaded)
    } catch (error) {
      if (load !== this.#loads || !(error instanceof NowcastError)) return
      // Without a connection there is another chance when it comes back.
      if (error.code === 'not_connected') this.#loaded = false
      else this.#refuse(error)
    }
  }

  #showLoaded(conversation: Conversation, page: MessagePage): void {
    const oldest = page.messages.at(-1)?.offset ?? 0
    // Events that arrived while the page was on its way are newer than it and stay.
    const live = this.#timeline.confirmed.filter(({ offset }) => offset >= oldest)
    this.#timeline = confirm(restart(this.#timeline, page.messages, this.#user), live, this.#user)
    this.#snapshot.set({
      status: 'ready',
      conversation,
      messages: allMessages(this.#timeline),
      hasOlder: page.more,
      loadingOlder: false,
    })
  }

  #refuse(error: NowcastError): void {
    this.#loads += 1
    this.#loaded = false
    this.#snapshot.update({ status: 'refused', error, loadingOlder: false })
  }

  #page(before?: number) {
    const page = before === undefined ? { limit: PAGE } : { limit: PAGE, before }
    return this.#parts.connection.call('conversation.history', { conversation: this.id, ...page })
  }

  #receive({ name, data, offset }: Publication): void {
    if (name === 'member:joined') this.#countMembers(1, offset)
    else if (name === 'member:left') this.#countMembers(-1, offset)
    else if (isMessage(data)) this.#receiveMessage(name, data)
  }

  #receiveMessage(name: string, message: Message): void {
    const isKnown = () => this.#timeline.confirmed.some(({ offset }) => offset === message.offset)
    if (name === 'message:created') {
      const all = confirm(this.#timeline, [message], this.#user)
      const kept = trim(all, MAX_MESSAGES)
      this.#show(kept)
      if (kept !== all) this.#snapshot.update({ hasOlder: true })
    } else if ((name === 'message:edited' || name === 'message:deleted') && isKnown()) {
      // A message that was not loaded is not shown because it was changed.
      this.#show(confirm(this.#timeline, [message], this.#user))
    }
  }

  #countMembers(difference: number, offset: number): void {
    const { conversation } = this.getSnapshot()
    if (conversation === undefined || offset <= conversation.position.offset) return
    this.#snapshot.update({
      conversation: {
        ...conversation,
        memberCount: conversation.memberCount + difference,
        position: { ...conversation.position, offset },
      },
    })
  }

  #gap(gap: ChannelGap): void {
    // Offsets of another epoch can't stand beside those of this one.
    if (gap.reason === 'epoch-changed') this.#timeline = { ...this.#timeline, confirmed: [] }
    this.#snapshot.update({ gap })
    void this.#load()
  }

  async #changed(shown: Change, ask: () => Promise<{ readonly message: Message }>): Promise<void> {
    this.#show(change(this.#timeline, shown))
    try {
      const { message } = await ask()
      const isKnown = this.#timeline.confirmed.some(({ offset }) => offset === message.offset)
      const settled = unchange(this.#timeline, shown)
      this.#show(isKnown ? confirm(settled, [message], this.#user) : settled)
    } catch (error) {
      this.#show(unchange(this.#timeline, shown))
      throw error
    }
  }

  #show(timeline: Timeline): void {
    if (timeline === this.#timeline) return
    this.#timeline = timeline
    this.#snapshot.update({ messages: allMessages(timeline) })
  }
}
