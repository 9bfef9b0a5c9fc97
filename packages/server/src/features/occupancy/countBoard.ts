// How many connections subscribe to a channel, told to those who watch that.
import type { Json } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Message } from '../presence/audience.ts'
import type { Board, BoardParts } from '../presence/watching.ts'

/** Numbers above this are told less often, for each is told to as many. */
const LARGE = 100
const WINDOW_MS = 100
const LARGE_WINDOW_MS = 1_000

/** The number of one channel's subscribers, told to its watchers. */
export class CountBoard implements Board {
  readonly #parts: BoardParts
  readonly #clock: Clock
  readonly #node: string
  readonly #own: () => number
  #told: number | undefined
  #timer: Timer | undefined

  /**
   * @param node this node's name
   * @param own the number of this node's own subscribers, which is known at once
   */
  constructor(parts: BoardParts, clock: Clock, node: string, own: () => number) {
    this.#parts = parts
    this.#clock = clock
    this.#node = node
    this.#own = own
  }

  changed(): void {
    const windowMs = (this.#told ?? 0) > LARGE ? LARGE_WINDOW_MS : WINDOW_MS
    this.#timer ??= this.#clock.after(windowMs, () => this.#flush())
  }

  greeting(): Message {
    const count = this.#count()
    if (this.#parts.audience.isEmpty) this.#told = count
    return this.#message(count)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #flush(): void {
    this.#timer = undefined
    const count = this.#count()
    if (count === this.#told) return
    this.#told = count
    this.#parts.audience.tell(this.#message(count))
  }

  #count(): number {
    return sumOfCounts(this.#parts.members(), this.#node) + this.#own()
  }

  #message(count: number): Message {
    return (format) => format.subscriptionCount?.(this.#parts.channel, count)
  }
}

/** What nodes have counted, all of them but one. */
export function sumOfCounts(counts: ReadonlyMap<string, Json>, except?: string): number {
  let sum = 0
  for (const [node, count] of counts) if (typeof count === 'number' && node !== except) sum += count
  return sum
}
