// A conversation as a page shows it: the newest messages at once, others on demand, everything live, and one's own on
// screen before the server has them.
import { type Conversation, conversationChannel, type Publication, type Receipt } from '@nowcast/protocol'
import { type Observable, RunningVariable } from '../observable.ts'
import type { ChannelPresence } from '../presence/channelPresence.ts'
import type { ChannelTyping } from '../typing/channelTyping.ts'
import { Changes } from './changes.ts'
import { described } from './described.ts'
import { Feed, type FeedParts, type Standing } from './feed.ts'
import { Membership } from './membership.ts'
import type { MessageOptions } from './outgoing.ts'
import type { ChatParts } from './parts.ts'
import { ConversationRequests } from './requests.ts'
import { Signals } from './signals.ts'
import { LiveThread } from './thread.ts'
import type { ChatMessage } from './timeline.ts'
import type { View } from './view.ts'
import { noWindow, type WindowSnapshot } from './window.ts'

/** What a page shows of a conversation. */
export interface ConversationSnapshot extends Standing, WindowSnapshot {
  readonly conversation?: Conversation
  /** How far every member has come. */
  readonly receipts: readonly Receipt[]
  /** The place of the first message that was unread when the conversation was opened: what follows it was too. */
  readonly firstUnread?: number
}

const NOTHING: ConversationSnapshot = { status: 'idle', ...noWindow, receipts: [] }
/** Threads kept in memory that nobody looks at. */
const MAX_IDLE_THREADS = 20

/** A live conversation. It loads and listens from its first subscriber to its last. */
export class LiveConversation extends ConversationRequests implements Observable<ConversationSnapshot> {
  /** Its members, kept current while somebody looks. */
  readonly membership: Membership
  readonly #parts: ChatParts
  readonly #shared: FeedParts
  readonly #feed: Feed<Conversation>
  readonly #changes: Changes
  readonly #views: Set<View>
  readonly #threads = new Map<number, LiveThread>()
  readonly #snapshot = new RunningVariable(NOTHING, () => this.#start())
  #conversation: Conversation | undefined
  #firstUnread: number | undefined
  /** True once it has been loaded since it was opened. */
  #opened = false

  constructor(id: string, parts: ChatParts) {
    super(id, parts.connection)
    this.#parts = parts
    this.#shared = { conversation: id, parts, signals: new Signals(id, parts) }
    this.#feed = new Feed(this.#shared, undefined, {
      load: () => parts.connection.call('conversation.get', { conversation: id }),
      loaded: (conversation) => this.#loaded(conversation),
      event: (publication) => this.#receive(publication),
      receipts: () => this.#show(),
      show: () => this.#show(),
    })
    this.#views = new Set([this.#feed.window.view])
    this.#changes = new Changes(id, parts, this.#views)
    this.membership = new Membership(id, parts)
  }

  /** True while somebody looks or something is on its way. */
  get active(): boolean {
    const { active } = this.#feed.outgoing
    return active || this.#snapshot.running || this.membership.active || this.#activeThreads().length > 0
  }

  /** Who is here now. */
  get presence(): ChannelPresence {
    return this.#parts.presence(conversationChannel(this.id))
  }

  /** Who types here, and saying so oneself; sending ends it. */
  get typing(): ChannelTyping {
    return this.#parts.typing(conversationChannel(this.id))
  }

  readonly getSnapshot = (): ConversationSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

  /**
   * Sends a message: it is on screen at once, and `sent` once the server has stored it, or `failed` with the reason.
   * From the past it goes to the newest messages.
   * @param options `thread`: the place of the message that it replies to; a reply is shown in its thread
   * @returns the message as it is shown now
   */
  send(
    body: string,
    { thread, ...options }: MessageOptions & { readonly thread?: number } = {},
  ): ChatMessage {
    if (thread !== undefined) return this.thread(thread).send(body, options)
    void this.toNewest()
    return this.#feed.outgoing.send(body, options)
  }

  /** Sends a failed message again, under the same id. */
  retry(id: string): void {
    this.#feed.outgoing.retry(id)
  }

  /** Takes a failed message off the screen. */
  discard(id: string): void {
    this.#feed.outgoing.discard(id)
  }

  /** Loads 20 older messages; resolves when they are on screen. */
  older(): Promise<void> {
    return this.#feed.window.older()
  }

  /** Loads 20 newer messages, where `hasNewer` says that there are any; resolves when they are on screen. */
  newer(): Promise<void> {
    return this.#feed.window.newer()
  }

  /**
   * Shows a message with its neighbours; `hasNewer` tells whether what follows them is live.
   * @returns false when it is not to be had: there is none, or it is a reply, which is shown in its thread
   */
  async jump(offset: number): Promise<boolean> {
    return (await this.#isReady()) && this.#feed.window.jump(offset)
  }

  /** Leaves the past: shows the newest messages and what comes. */
  toNewest(): Promise<void> {
    return this.#feed.toNewest()
  }

  /** The user has seen everything that is shown, or everything up to `offset`. The server is told at most once a second. */
  markRead(offset = this.#feed.window.view.timeline.confirmed.at(-1)?.offset ?? 0): void {
    this.#parts.acknowledger.read(this.id, offset)
  }

  /** Changes one's own message, on screen at once. @throws NowcastError when the server refused; then it is as before */
  edit(offset: number, body: string): Promise<void> {
    return this.#changes.edit(offset, body)
  }

  /** Deletes a message, on screen at once. @throws NowcastError when the server refused; then it is as before */
  delete(offset: number): Promise<void> {
    return this.#changes.delete(offset)
  }

  /** Reacts with an emoji or takes that back, on screen at once. @throws NowcastError when the server refused */
  react(offset: number, emoji: string, on: boolean): Promise<void> {
    return this.#changes.react(offset, emoji, on)
  }

  /** Pins a message or takes that back, on screen at once. @throws NowcastError when the server refused */
  pin(offset: number, pinned: boolean): Promise<void> {
    return this.#changes.pin(offset, pinned)
  }

  /** A thread: the same object for the same message, as long as it is in use. @param offset of the message that it began with */
  thread(offset: number): LiveThread {
    const existing = this.#threads.get(offset)
    if (existing !== undefined) return existing
    this.#forgetIdleThreads()
    const thread = new LiveThread(offset, this.#shared)
    this.#threads.set(offset, thread)
    for (const view of thread.views) this.#views.add(view)
    return thread
  }

  /** Loads anew; for after a refusal, e.g. when the user has joined. */
  reload(): void {
    this.#shared.signals.reload()
    this.#snapshot.restart()
    this.membership.reload()
    for (const thread of this.#threads.values()) thread.reload()
  }

  /** Forgets everything and loads anew; for when another user has signed in. */
  forget(): void {
    this.#conversation = undefined
    this.#firstUnread = undefined
    this.#shared.signals.forget()
    this.#feed.forget()
    for (const thread of this.#threads.values()) thread.forget()
    this.membership.forget()
    this.#snapshot.restart()
  }

  #start(): () => void {
    this.#opened = false
    return this.#feed.start()
  }

  #loaded(conversation: Conversation): void {
    const { read = 0, unread = 0 } = conversation
    this.#conversation = conversation
    this.#parts.acknowledger.confirmed(this.id, { delivered: read, read })
    if (this.#opened) return
    this.#opened = true
    this.#firstUnread = unread === 0 ? undefined : this.#firstAfter(read)
  }

  /** The first message of others after `offset`; when it is not loaded yet, the place after `offset`. */
  #firstAfter(offset: number): number {
    const { view, snapshot } = this.#feed.window
    const { confirmed } = view.timeline
    const isLoaded = !snapshot.hasOlder || (confirmed[0]?.offset ?? 0) <= offset
    const first = confirmed.find((message) => message.offset > offset && !message.own)
    return isLoaded && first !== undefined ? first.offset : offset + 1
  }

  #receive(publication: Publication): void {
    if (this.#conversation === undefined) return
    const next = described(this.#conversation, publication, this.#parts.outbox.owner)
    if (next !== this.#conversation) this.#feed.changed()
    this.#conversation = next
  }

  /** Resolves once it is loaded, or refused. */
  #isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      let stop = () => {}
      const check = () => {
        const { status } = this.getSnapshot()
        if (status !== 'ready' && status !== 'refused') return
        resolve(status === 'ready')
        stop()
      }
      stop = this.subscribe(check)
      check()
    })
  }

  #show(): void {
    const { standing, window } = this.#feed
    const conversation = this.#conversation
    const firstUnread = this.#firstUnread
    this.#snapshot.set({
      ...standing,
      ...window.snapshot,
      receipts: this.#shared.signals.receipts,
      ...(conversation && { conversation }),
      ...(firstUnread !== undefined && { firstUnread }),
    })
  }

  #activeThreads(): readonly LiveThread[] {
    return [...this.#threads.values()].filter(({ active }) => active)
  }

  #forgetIdleThreads(): void {
    const idle = [...this.#threads.values()].filter(({ active }) => !active)
    for (const thread of idle.slice(0, -MAX_IDLE_THREADS + 1)) {
      this.#threads.delete(thread.offset)
      for (const view of thread.views) this.#views.delete(view)
    }
  }
}
