// Who types on a channel, and saying so oneself.
import { NowcastError, type Push, type UserProfile } from '@nowcast/protocol'
import { type Observable, RunningVariable } from '../observable.ts'
import { listed } from '../people/listed.ts'
import type { Watch, Watches } from '../presence/watches.ts'
import { Keystrokes } from './keystrokes.ts'

/** Who types on a channel, oneself left out. */
export interface TypingSnapshot {
  /** Those who began first; there may be more. */
  readonly users: readonly UserProfile[]
  readonly count: number
}

type TypingPush = Push & { readonly type: 'typing' }

/** True for what concerns typing. */
export const isTypingPush = (push: Push): push is TypingPush => push.type === 'typing'

const NOBODY: TypingSnapshot = { users: [], count: 0 }

/** Typing on a channel. Others are heard from its first subscriber to its last. */
export class ChannelTyping implements Observable<TypingSnapshot> {
  readonly #channel: string
  readonly #watches: Watches<TypingPush>
  readonly #watch: Watch<TypingPush>
  readonly #keystrokes: Keystrokes
  readonly #snapshot = new RunningVariable(NOBODY, () => this.#watch.watch())
  #release = () => {}

  constructor(channel: string, watches: Watches<TypingPush>) {
    this.#channel = channel
    this.#watches = watches
    this.#watch = watches.channel(channel, {
      received: (push) => this.#receive(push),
      subscribed: () => this.#keystrokes.plan(),
      unsubscribed: () => {
        // Nobody is shown typing for as long as nothing is heard; what was said oneself is forgotten there too.
        this.#snapshot.set(NOBODY)
        this.#keystrokes.forget()
      },
      refused: () => this.#keystrokes.forget(),
      ended: () => this.#snapshot.set(NOBODY),
    })
    this.#keystrokes = new Keystrokes(watches.parts.timers, {
      ready: () => this.#watch.subscribed,
      say: (typing) => void this.#say(typing),
      changed: () => {
        if (this.#keystrokes.active) this.#release = this.#watch.keep()
        else this.#release()
      },
    })
  }

  /** True while somebody looks or types. */
  get active(): boolean {
    return this.#snapshot.running || this.#keystrokes.active
  }

  readonly getSnapshot = (): TypingSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

  /** The user has struck a key. Call it for every one: few lead to a command, and 3 s of silence end it. */
  readonly keystroke = (): void => this.#keystrokes.struck()

  /** The user types no more, e.g. has cleared the text. */
  readonly stop = (): void => this.#keystrokes.stop()

  /** The user has sent a message, by which the server knows that they type no more. For the client itself. */
  readonly sent = (): void => this.#keystrokes.forget()

  async #say(typing: boolean): Promise<void> {
    try {
      const type = typing ? 'typing.start' : 'typing.stop'
      await this.#watches.parts.connection.request(type, { channel: this.#channel })
    } catch (error) {
      // It says itself again with the next keystrokes, and the server forgets what is not renewed.
      if (typing) this.#keystrokes.refused((error instanceof NowcastError && error.retryAfterMs) || 0)
    }
  }

  #receive({ users, count }: TypingPush): void {
    const self = this.#watches.parts.connection.getSnapshot().user?.id
    const typing = listed(users)
    const others = typing.filter(({ id }) => id !== self)
    const shown = this.getSnapshot()
    const next = { users: others, count: count - (typing.length - others.length) }
    if (JSON.stringify(next) !== JSON.stringify(shown)) this.#snapshot.set(next)
  }
}
