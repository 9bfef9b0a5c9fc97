// Messages of one place, a conversation's own or those of a thread, live: loaded once the channel is subscribed, kept
// current by events and signals, with what is on its way.
import { conversationChannel, type NowcastError, type Publication } from '@nowcast/protocol'
import type { ChannelGap } from '../channels/entry.ts'
import { Follower } from './follower.ts'
import { Outgoing } from './outgoing.ts'
import type { ChatParts } from './parts.ts'
import type { Signals } from './signals.ts'
import { MessageWindow, type Page } from './window.ts'

/** Where a feed stands. */
export interface Standing {
  /** `refused`: see `error`. */
  readonly status: 'idle' | 'loading' | 'ready' | 'refused'
  readonly error?: NowcastError
  /** Set while messages are loaded anew because some were missed; what lies before them is loaded by `older`. */
  readonly gap?: ChannelGap
}

/** What is shown beside the messages. */
export interface FeedOwner<T> {
  /** Loads what belongs to the messages. */
  load(): Promise<T>
  loaded(extra: T): void
  event(publication: Publication): void
  /** Members have come further. */
  receipts?(): void
  /** Something has changed. */
  show(): void
}

/** What the feeds of one conversation share. */
export interface FeedParts {
  readonly conversation: string
  readonly parts: ChatParts
  readonly signals: Signals
}

/** A place's messages. */
export class Feed<T> {
  readonly window: MessageWindow
  readonly outgoing: Outgoing
  readonly #owner: FeedOwner<T>
  readonly #shared: FeedParts
  readonly #follower: Follower<readonly [T, Page]>
  #standing: Standing = { status: 'idle' }
  /** While it is set, several changes are one. */
  #quiet = false
  #isChanged = false

  constructor(shared: FeedParts, thread: number | undefined, owner: FeedOwner<T>) {
    const { conversation, parts } = shared
    this.#shared = shared
    this.#owner = owner
    this.#follower = new Follower(conversationChannel(conversation), parts, {
      load: () => Promise.all([owner.load(), this.window.load()]),
      loaded: ([extra, page]) => this.#loaded(extra, page),
      event: (publication) =>
        this.#together(() => {
          owner.event(publication)
          this.window.view.receive(publication)
        }),
      gap: (gap) => this.#gap(gap),
      refused: (error) => this.#stand({ status: 'refused', error }),
    })
    this.window = new MessageWindow(
      conversation,
      thread,
      parts,
      (request, take) => this.#follower.ask(request, take),
      () => this.changed(),
    )
    this.outgoing = new Outgoing(conversation, thread, parts, this.window)
  }

  /** Where it stands; the same object until that changes. */
  get standing(): Standing {
    return this.#standing
  }

  /** Begins to load and to listen. @returns ends that */
  start(): () => void {
    const { parts, signals } = this.#shared
    const { view } = this.window
    if (this.#standing.status !== 'ready') this.#stand({ status: 'loading' })
    const stops = [
      signals.listen(view, () => this.#owner.receipts?.()),
      this.#follower.start(),
      parts.outbox.onRestored(() => this.outgoing.showWaiting()),
      () => view.stop(),
    ]
    this.outgoing.showWaiting()
    return () => {
      for (const stop of stops) stop()
      this.window.settle()
    }
  }

  /** Shows the newest messages and what comes. */
  async toNewest(): Promise<void> {
    if (!this.window.snapshot.hasNewer) return
    this.window.leavePast()
    await this.#follower.reload()
  }

  /** Something is to be shown. */
  changed(): void {
    this.#isChanged = true
    if (!this.#quiet) this.#owner.show()
  }

  /** Forgets everything; for when another user has signed in. */
  forget(): void {
    this.window.forget()
    this.#stand({ status: 'idle' })
  }

  #loaded(extra: T, page: Page): void {
    this.#together(() => {
      this.window.loaded(page)
      this.#owner.loaded(extra)
      this.#stand({ status: 'ready' })
    })
  }

  #gap(gap: ChannelGap): void {
    if (gap.reason === 'epoch-changed') {
      this.window.restart()
      this.#shared.signals.forget()
    }
    this.#stand({ ...this.#standing, gap })
  }

  #stand(standing: Standing): void {
    this.#standing = standing
    // What was under way comes to nothing.
    if (standing.status === 'refused') this.window.settle()
    this.changed()
  }

  #together(run: () => void): void {
    this.#quiet = true
    this.#isChanged = false
    try {
      run()
    } finally {
      this.#quiet = false
    }
    if (this.#isChanged) this.#owner.show()
  }
}
