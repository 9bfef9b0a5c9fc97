// What the watchers of a channel are told of who types there: the first of them by name and how many there are, at most
// once in a window, and nothing when nothing has changed.
import type { Push } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import { type Message, pushed } from '../presence/audience.ts'
import { givenAt, toProfile } from '../presence/memberInfo.ts'
import type { Board, BoardParts } from '../presence/watching.ts'

/** How typing is told. */
export interface TypingBoardOptions {
  readonly batchWindowMs: number
  /** Users that are named. */
  readonly maxListed: number
}

interface Told {
  readonly push: Push
  readonly text: string
}

/** Who types on one channel, told to its watchers. */
export class TypingBoard implements Board {
  readonly #parts: BoardParts
  readonly #clock: Clock
  readonly #options: TypingBoardOptions
  /** What every watcher knows. */
  #told: Told | undefined
  #timer: Timer | undefined

  constructor(parts: BoardParts, clock: Clock, options: TypingBoardOptions) {
    this.#parts = parts
    this.#clock = clock
    this.#options = options
  }

  changed(): void {
    this.#timer ??= this.#clock.after(this.#options.batchWindowMs, () => this.#flush())
  }

  greeting(): Message {
    this.#told ??= this.#current()
    return pushed(this.#told.push)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #flush(): void {
    this.#timer = undefined
    const current = this.#current()
    if (current.text === this.#told?.text) return
    this.#told = current
    this.#parts.audience.tell(pushed(current.push))
  }

  #current(): Told {
    const typists = Array.from(this.#parts.members(), ([user, info]) => ({ user, info, at: givenAt(info) }))
    typists.sort((one, other) => one.at - other.at || (one.user < other.user ? -1 : 1))
    const users = typists.slice(0, this.#options.maxListed).map(({ user, info }) => toProfile(user, info))
    const push: Push = { type: 'typing', channel: this.#parts.channel, users, count: typists.length }
    return { push, text: JSON.stringify(push) }
  }
}
