// The part of a conversation's messages that is shown: the newest ones, or some in the past, and the pages to both sides.
import {
  type Commands,
  type Message,
  type MessagePage,
  NowcastError,
  type Publication,
  type Results,
} from '@nowcast/protocol'
import type { ChatParts } from './parts.ts'
import { allMessages, type ChatMessage, messageAt, trim } from './timeline.ts'
import { View } from './view.ts'

/** What a page shows of the messages. */
export interface WindowSnapshot {
  /** Oldest first; those on their way last. */
  readonly messages: readonly ChatMessage[]
  /** True when `older` would find more. */
  readonly hasOlder: boolean
  readonly loadingOlder: boolean
  /** True in the past: what is new is not shown, `newer` would find more. */
  readonly hasNewer: boolean
  readonly loadingNewer: boolean
}

/** A page of messages, and the place that it stands for. */
export type Page = Results['conversation.history']

/** Asks for more of what is followed. @see Follower.ask */
export type Ask = <R>(request: () => Promise<R>, take: (answer: R) => void) => Promise<boolean>

/** Nothing yet. */
export const noWindow: WindowSnapshot = {
  messages: [],
  hasOlder: false,
  loadingOlder: false,
  hasNewer: false,
  loadingNewer: false,
}

const PAGE = 20
/** Confirmed messages kept; `older` and `newer` bring the others back. */
const MAX_MESSAGES = 2_000

/** The messages that are shown. */
export class MessageWindow {
  readonly view: View
  readonly #parts: ChatParts
  readonly #thread: number | undefined
  readonly #ask: Ask
  readonly #show: () => void
  #snapshot = noWindow
  /** The newest message that is known, shown or not. */
  #newest = 0
  /** Around what the page under way is; undefined: the newest. */
  #around: number | undefined
  /** True when the past is not to stay. */
  #leaving = false
  /** While it is set, several changes are one. */
  #quiet = false

  /**
   * @param thread the replies to this message; undefined: what is no reply
   * @param show called after every change
   */
  constructor(
    conversation: string,
    thread: number | undefined,
    parts: ChatParts,
    ask: Ask,
    show: () => void,
  ) {
    this.#parts = parts
    this.#thread = thread
    this.#ask = ask
    this.#show = show
    this.view = new View(conversation, parts, {
      show: () => this.#update({}),
      created: (message) => this.#created(message),
    })
  }

  /** What is shown; the same object until that changes. */
  get snapshot(): WindowSnapshot {
    return this.#snapshot
  }

  /** Forgets everything. */
  forget(): void {
    this.view.clear()
    this.#newest = 0
    this.#update({ ...noWindow })
  }

  /** Forgets what is not on its way: offsets of another epoch can't stand beside those of this one. */
  restart(): void {
    this.view.forget()
    this.#newest = 0
    this.#update({ hasNewer: false })
  }

  /** The page to begin with: the newest, or, where the past is shown and is to stay, what is in the middle. */
  load(): Promise<Page> {
    const { confirmed } = this.view.timeline
    const isToStay = this.#snapshot.hasNewer && !this.#leaving
    this.#around = isToStay ? confirmed[confirmed.length >> 1]?.offset : undefined
    return this.#page(this.#around === undefined ? {} : { around: this.#around })
  }

  /** Shows the page to begin with. */
  loaded({ messages, more, position }: Page): void {
    const hasNewer = this.#around !== undefined
    const oldest = messages.at(-1)?.offset ?? 0
    const { confirmed } = this.view.timeline
    // What was acknowledged while the newest page was on its way may be newer than it.
    const kept = this.#snapshot.hasNewer ? [] : confirmed.filter(({ offset }) => offset >= oldest)
    this.#leaving = false
    this.#together(() => {
      this.view.restart(messages, position.offset)
      for (const message of kept) this.view.confirm([message], message.asOf)
      this.#see(messages)
      this.#update({ ...idle, hasOlder: more, hasNewer })
    })
  }

  /** From the next loading on, the newest are shown. */
  leavePast(): void {
    this.#leaving = true
  }

  /** Nothing is loaded any more. */
  settle(): void {
    if (this.#snapshot.loadingOlder || this.#snapshot.loadingNewer) this.#update(idle)
  }

  receive(publication: Publication): void {
    this.view.receive(publication)
  }

  /** Loads 20 older messages. */
  async older(): Promise<void> {
    const before = this.view.timeline.confirmed[0]?.offset
    const { hasOlder, loadingOlder } = this.#snapshot
    if (!hasOlder || loadingOlder || before === undefined) return
    this.#update({ loadingOlder: true })
    await this.#more({ before }, ({ messages, more, position }) => {
      this.view.confirm(messages, position.offset)
      const { hasNewer } = this.#snapshot
      this.#update({ hasOlder: more, loadingOlder: false, hasNewer: this.#trim('newest') || hasNewer })
    })
  }

  /** Loads 20 newer messages; after the last of them everything is live again. */
  async newer(): Promise<void> {
    const after = this.view.timeline.confirmed.at(-1)?.offset
    const { hasNewer, loadingNewer } = this.#snapshot
    if (!hasNewer || loadingNewer || after === undefined) return
    this.#update({ loadingNewer: true })
    // What is announced while the page is on its way comes after it.
    await this.#more({ after }, ({ messages, more, position }) => {
      this.view.confirm(messages, position.offset)
      this.#see(messages)
      const { hasOlder } = this.#snapshot
      this.#update({ hasNewer: more, loadingNewer: false, hasOlder: this.#trim('oldest') || hasOlder })
    })
  }

  /** Shows a message with its neighbours. @returns false when it is not to be had */
  async jump(offset: number): Promise<boolean> {
    const isShown = () => messageAt(this.view.timeline, offset) !== undefined
    if (isShown()) return true
    await this.#more({ around: offset }, ({ messages, more, position }) => {
      if (!messages.some((message) => message.offset === offset)) return
      const hasNewer = (messages[0]?.offset ?? 0) < this.#newest
      this.#leaving = false
      this.view.restart(messages, position.offset)
      this.#update({ ...idle, hasOlder: more, hasNewer })
    })
    return isShown()
  }

  async #more(
    which: Pick<Commands['conversation.history'], 'before' | 'after' | 'around'>,
    take: (page: Page) => void,
  ): Promise<void> {
    const show = (page: Page) => this.#together(() => take(page))
    try {
      await this.#ask(() => this.#page(which), show)
    } catch (error) {
      if (!(error instanceof NowcastError)) throw error
      // It can simply be asked for again.
      this.#update(idle)
    }
  }

  #page(which: Pick<Commands['conversation.history'], 'before' | 'after' | 'around'>): Promise<Page> {
    const { conversation } = this.view
    const thread = this.#thread === undefined ? {} : { thread: this.#thread }
    return this.#parts.connection.call('conversation.history', {
      conversation,
      limit: PAGE,
      ...thread,
      ...which,
    })
  }

  #created(message: Message): void {
    if (message.thread !== this.#thread) return
    this.#see([message])
    // In the past, what follows the last message shown is not known.
    if (this.#snapshot.hasNewer) return
    this.#together(() => {
      this.view.confirm([message])
      if (this.#trim('oldest')) this.#update({ hasOlder: true })
    })
  }

  #see(messages: MessagePage['messages']): void {
    for (const { offset } of messages) this.#newest = Math.max(this.#newest, offset)
  }

  /** @returns true when some were forgotten */
  #trim(side: 'oldest' | 'newest'): boolean {
    const { timeline } = this.view
    this.view.show(trim(timeline, MAX_MESSAGES, side))
    return this.view.timeline !== timeline
  }

  #together(run: () => void): void {
    this.#quiet = true
    run()
    this.#quiet = false
    this.#show()
  }

  #update(change: Partial<WindowSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change, messages: allMessages(this.view.timeline) }
    if (!this.#quiet) this.#show()
  }
}

const idle = { loadingOlder: false, loadingNewer: false }
