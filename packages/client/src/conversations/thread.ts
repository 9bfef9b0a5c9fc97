// A thread as a page shows it: the message that it began with and its replies, live, with one's own at once.
import { conversationChannel, type Message } from '@nowcast/protocol'
import { type Observable, RunningVariable } from '../observable.ts'
import { Feed, type FeedParts, type Standing } from './feed.ts'
import type { MessageOptions } from './outgoing.ts'
import { allMessages, type ChatMessage } from './timeline.ts'
import { View } from './view.ts'
import { noWindow, type WindowSnapshot } from './window.ts'

/** What a page shows of a thread: `messages` are the replies. */
export interface ThreadSnapshot extends Standing, WindowSnapshot {
  /** The message that the thread began with. */
  readonly root?: ChatMessage
}

interface Root {
  readonly message: Message
  /** It takes account of everything up to this place of the channel. */
  readonly asOf: number
}

/** A live thread. It loads and listens from its first subscriber to its last. */
export class LiveThread implements Observable<ThreadSnapshot> {
  /** The place of the message that it began with. */
  readonly offset: number
  readonly #shared: FeedParts
  readonly #root: View
  readonly #feed: Feed<Root>
  readonly #snapshot = new RunningVariable<ThreadSnapshot>({ status: 'idle', ...noWindow }, () =>
    this.#start(),
  )

  constructor(offset: number, shared: FeedParts) {
    const { conversation, parts } = shared
    this.offset = offset
    this.#shared = shared
    this.#root = new View(conversation, parts, { show: () => this.#feed.changed() })
    this.#feed = new Feed(shared, offset, {
      load: () => this.#load(),
      loaded: ({ message, asOf }) => this.#root.restart([message], asOf),
      event: (publication) => this.#root.receive(publication),
      show: () => this.#show(),
    })
  }

  /** True while somebody looks or something is on its way. */
  get active(): boolean {
    return this.#snapshot.running || this.#feed.outgoing.active
  }

  /** Where its messages are shown. */
  get views(): readonly View[] {
    return [this.#root, this.#feed.window.view]
  }

  readonly getSnapshot = (): ThreadSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

  /** Sends a reply: it is on screen at once. @returns the message as it is shown now */
  send(body: string, options: MessageOptions = {}): ChatMessage {
    void this.#feed.toNewest()
    return this.#feed.outgoing.send(body, options)
  }

  /** Sends a failed reply again, under the same id. */
  retry(id: string): void {
    this.#feed.outgoing.retry(id)
  }

  /** Takes a failed reply off the screen. */
  discard(id: string): void {
    this.#feed.outgoing.discard(id)
  }

  /** Loads 20 older replies; resolves when they are on screen. */
  older(): Promise<void> {
    return this.#feed.window.older()
  }

  /** Loads 20 newer replies, where `hasNewer` says that there are any; resolves when they are on screen. */
  newer(): Promise<void> {
    return this.#feed.window.newer()
  }

  /** Loads anew; for after a refusal. */
  reload(): void {
    this.#snapshot.restart()
  }

  /** Forgets everything and loads anew; for when another user has signed in. */
  forget(): void {
    this.#root.clear()
    this.#feed.forget()
    this.reload()
  }

  #start(): () => void {
    const stopSignals = this.#shared.signals.listen(this.#root)
    const stopFeed = this.#feed.start()
    return () => {
      stopFeed()
      stopSignals()
      this.#root.stop()
    }
  }

  async #load(): Promise<Root> {
    const { conversation, parts } = this.#shared
    const { offset } = this
    const asOf = parts.subscriptions.position(conversationChannel(conversation))?.offset ?? 0
    const { message } = await parts.connection.call('conversation.message', { conversation, offset })
    return { message, asOf }
  }

  #show(): void {
    const [root] = allMessages(this.#root.timeline)
    this.#snapshot.set({ ...this.#feed.standing, ...this.#feed.window.snapshot, ...(root && { root }) })
  }
}
